import { STRATEGIES, type Strategy } from '../bench';
import { type RowSpec } from '../rows';
import { DEAD_MAX, unsoldFigure } from './dead-instances';

/** Shares of local quota's buffer that are compared. */
export const BUFFERS = [0, 0.1, 0.5] as const;
const USUAL_BUFFER = 0.1;
const [DEFAULT = 'SHARDED_COUNTERS'] = STRATEGIES;

export const winnersOf = (strategy: Strategy) => `${nameOf(strategy)}: winners`;
export const crowdOf = (strategy: Strategy) => `${nameOf(strategy)}: crowd`;
export const deadAt = (buffer: number) => `instances die, buffer ${percent(buffer)}`;

const nameOf = (strategy: Strategy) => strategy.toLowerCase().replace('_', ' ');
const percent = (share: number) => `${share * 100} %`;

/** Each strategy beside the default one; and what stays unsold. */
export function strategyRows(): RowSpec[] {
  const beside = (strategy: Strategy, of: (strategy: Strategy) => string, figure: string) => ({
    ...(strategy !== DEFAULT && { limit: { contender: of(DEFAULT), figure } }),
    ours: { contender: of(strategy), figure },
  });
  const compared = STRATEGIES.flatMap((strategy): RowSpec[] => {
    const name = nameOf(strategy);
    return [
      { name: `${name}: winners`, unit: '1/s', ...beside(strategy, winnersOf, 'perSecond') },
      { name: `${name}: CPU for a winner`, unit: 'us', ...beside(strategy, winnersOf, 'cpuUsPerAnswer') },
      {
        name: `${name}: Redis commands for 10^6 winners`,
        unit: '',
        ...beside(strategy, winnersOf, 'commandsPerMillion'),
      },
      { name: `${name}: of them calls of scripts`, unit: '', ...beside(strategy, winnersOf, 'scriptsPerMillion') },
      {
        name: `${name}: Redis commands for 10^6 requests, 100 a unit`,
        unit: '',
        ...beside(strategy, crowdOf, 'commandsPerMillion'),
      },
    ];
  });
  return [...compared, ...unsoldRows()];
}

function unsoldRows(): RowSpec[] {
  return STRATEGIES.flatMap((strategy) =>
    (strategy === 'LOCAL_QUOTA' ? BUFFERS : [USUAL_BUFFER]).flatMap((buffer) =>
      Array.from({ length: DEAD_MAX + 1 }, (_, dead): RowSpec => {
        const which = strategy === 'LOCAL_QUOTA' ? `${nameOf(strategy)}, buffer ${percent(buffer)}` : nameOf(strategy);
        return {
          name: `${which}: unsold, ${dead} of 3 instances dead`,
          unit: 'units',
          ours: { contender: deadAt(buffer), figure: unsoldFigure(strategy, dead) },
        };
      }),
    ),
  );
}
