import { parseOptions } from './options';

describe('options of the demo', () => {
  it('have defaults', () => {
    expect(parseOptions([])).toEqual({
      users: 500,
      units: 200,
      seed: '1',
      reportFile: undefined,
      kill: undefined,
      killPlanService: false,
      keep: false,
      profile: 'dev',
    });
  });

  it('are taken as given; packets follow the users', () => {
    expect(parseOptions(['--users', '3000', '--kill', 'inventory', '--report', 'out.json'])).toMatchObject({
      users: 3000,
      units: 1200,
      kill: 'inventory',
      reportFile: 'out.json',
    });
  });

  it('name the servers to play on, and take the plan away', () => {
    expect(parseOptions(['--kill-plan-service', '--profile', 'test'])).toMatchObject({
      killPlanService: true,
      profile: 'test',
    });
  });

  it.each([
    [['--users', '0'], /--users: a whole number from 1/],
    [['--users', 'many'], /--users: a whole number/],
    [['--kill', 'mysql'], /there is no app "mysql"/],
    [['--fast'], /--fast/],
    [['--kill-plan-service', '--kill', 'order'], /one thing goes wrong at a time/],
    [['--profile', 'bench'], /does not play on "bench"/],
  ])('refuses %j with how to use it', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
    expect(() => parseOptions(args)).toThrow(/Usage: npm run demo/);
  });
});
