import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CampaignPublishedV1, TOPICS } from '@floodgate/contracts';
import {
  type PolicyFile,
  type PolicyFileSchedule,
  type PolicyIndex,
  scheduledAt,
} from '@floodgate/domain/degradation-plan';
import { isSigned, openSnapshot } from '@floodgate/nest-kit';
import { until } from '@floodgate/testing';
import { LocalPolicyFiles } from '../src/adapters/local-policy-files';
import { startPlanService, type TestPlanService } from './test-plan-service';

const HOUR = 3_600_000;

let service: TestPlanService;
const t0Ms = Date.now() + 10 * HOUR;

beforeAll(async () => {
  service = await startPlanService({ POLICY_FILE_EVERY_MS: '100' });
  await publish('c1', t0Ms);
});

afterAll(() => service.stop());

async function publish(campaignId: string, opensAtMs: number): Promise<void> {
  const message: CampaignPublishedV1 = TOPICS.campaignPublished.codec.fromJSON({
    eventId: `e-${campaignId}`,
    campaignId,
    campaign: { campaignId, timeline: { opensAtMs: String(opensAtMs), settleByMs: String(opensAtMs + HOUR) } },
  });
  await service.publisher.publish(service.campaignPublished, [{ key: 'op', message }]);
}

/** Undefined while there is none. */
async function read<T>(name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(join(service.files, 'policy', name), 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const fileOf = (campaignId: string) => until('the file', () => read<PolicyFile>(`${campaignId}.json`));
const scheduleIn = ({ schedule }: PolicyFile) => JSON.parse(schedule) as PolicyFileSchedule;

describe('policy files', () => {
  it('hold the snapshot as followers get it and the schedule, both signed, each for its purpose', async () => {
    const keys = service.config.POLICY_PUBLIC_KEYS;
    const file = await fileOf('c1');
    expect(openSnapshot(JSON.stringify(file), keys)).toMatchObject({ ok: true, snapshot: { planNo: 1 } });
    expect(isSigned('policy-file.v1', file.schedule, file.scheduleSignature, keys)).toBe(true);
    expect(isSigned('plan-snapshot.v1', file.schedule, file.scheduleSignature, keys)).toBe(false);
    const schedule = scheduleIn(file);
    expect(schedule).toMatchObject({ campaignId: 'c1', t0Ms, untilMs: t0Ms + HOUR, serial: file.serial });
    expect(scheduledAt(schedule.policies, t0Ms)).toMatchObject({ tier: 1 });
    expect(scheduledAt(schedule.policies, t0Ms - HOUR)).toMatchObject({ tier: 0 });
  });

  it('are written at once when a tier is set, and by themselves as time goes on, the serial always rising', async () => {
    const before = await fileOf('c1');
    const { body } = await service.ask('POST', '/tiers', 'ada', { campaignId: 'c1', tier: 3 });
    const after = await fileOf('c1');
    expect(scheduleIn(after).version).toBe(body['version']);
    expect(scheduleIn(after).policies[0]).toMatchObject({ policy: { tier: 3 } });
    expect(after.serial).toBeGreaterThan(before.serial);
    const later = await until('the next', async () => {
      const file = await fileOf('c1');
      return file.serial > after.serial && file;
    });
    expect(scheduleIn(later).writtenAtMs).toBeGreaterThan(scheduleIn(after).writtenAtMs);
  });

  it('are listed in an index, and those of a campaign that is published later come by themselves', async () => {
    await publish('c2', t0Ms + HOUR);
    await fileOf('c2');
    const { index, signature } = await until('the index', async () => {
      const there = await read<{ index: string; signature: string }>('index.json');
      return there?.index.includes('c2') === true && there;
    });
    expect(isSigned('policy-file.v1', index, signature, service.config.POLICY_PUBLIC_KEYS)).toBe(true);
    expect((JSON.parse(index) as PolicyIndex).campaigns).toEqual([
      { campaignId: 'c1', t0Ms, file: 'policy/c1.json' },
      { campaignId: 'c2', t0Ms: t0Ms + HOUR, file: 'policy/c2.json' },
    ]);
    const { body } = await service.ask('GET', '/campaigns', 'ada');
    expect(body['campaigns']).toMatchObject([{ campaignId: 'c1', t0Ms }, { campaignId: 'c2' }]);
  });

  it('leave no drafts behind and are never outside their folder', async () => {
    const files = new LocalPolicyFiles(join(service.files, 'own'));
    await Promise.all(['a', 'b', 'c'].map((text, i) => files.write('policy/x.json', text, i)));
    expect(await readdir(join(service.files, 'own/policy'))).toEqual(['x.json']);
    expect(await readdir(join(service.files, 'own/.written/policy/x.json'))).toEqual(['0000000000000002']);
    for (const name of ['../x.json', 'policy/../../x.json', '/x.json', 'policy//x.json', '']) {
      await expect(files.write(name, 'text', 1)).rejects.toThrow(RangeError);
    }
  });
});

describe('policy files that two services write', () => {
  const writers = () => {
    const folder = join(service.files, randomUUID());
    return { folder, one: new LocalPolicyFiles(folder), other: new LocalPolicyFiles(folder) };
  };
  const textIn = (folder: string) => readFile(join(folder, 'policy/x.json'), 'utf8');

  it('are those of the newer one, whoever comes last', async () => {
    const { folder, one, other } = writers();
    await one.write('policy/x.json', 'newer', 11);
    await other.write('policy/x.json', 'older', 10);
    expect(await textIn(folder)).toBe('newer');
  });

  it('are mended by who has put an older one into place, however long it was stopped before', async () => {
    const { folder, one, other } = writers();
    const written = join(folder, '.written/policy/x.json');
    await mkdir(written, { recursive: true });
    // Who reads a pipe stands still until somebody writes into it.
    const older = join(written, '0000000000000010');
    execFileSync('mkfifo', [older]);
    const stopped = one.write('policy/x.json', 'oldest', 9);
    const pipe = await open(older, 'w');
    await other.write('policy/x.json', 'newer', 11);
    expect(await textIn(folder)).toBe('newer');
    await pipe.writeFile('older');
    await pipe.close();
    await stopped;
    expect(await textIn(folder)).toBe('newer');
    expect(await readdir(written)).toEqual(['0000000000000011']);
  });

  it('are those of the newest, whatever their order', async () => {
    const { folder, one, other } = writers();
    for (let round = 0; round < 20; round++) {
      // Another order each round: 7 and 10 have no divisor in common.
      const serials = Array.from({ length: 10 }, (_, i) => round * 10 + ((i * 7 + round) % 10));
      await Promise.all(serials.map((at, i) => (i % 2 ? one : other).write('policy/x.json', `text ${at}`, at)));
      expect(await textIn(folder)).toBe(`text ${round * 10 + 9}`);
    }
  });

  it('hold the plan in force when both have put one into force at the same time', async () => {
    const twin = await startPlanService({
      MYSQL_URL: service.config.MYSQL_URL,
      POLICY_FILE_DIR: service.files,
      POLICY_FILE_EVERY_MS: '3600000',
    });
    try {
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(
          [service, twin, service, twin].map((one, i) =>
            one.ask('POST', '/tiers', 'ada', { campaignId: `c${i}`, tier: 2 }),
          ),
        );
        const newest = Math.max(...answers.map(({ body }) => body['version'] as number));
        await until('the newest', async () => scheduleIn(await fileOf('c1')).version === newest);
      }
    } finally {
      await twin.stop();
    }
  });
});
