import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILT_IN_SNAPSHOT, contentOf, type PlanSnapshot, SNAPSHOT_FORMAT } from '@floodgate/domain/degradation-plan';
import { Module } from '@nestjs/common';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { createService } from './bootstrap';
import { parseConfig, redisShape, serviceShape } from './config';
import { KitModule } from './kit.module';
import { planShape, PlanFollowerModule } from './plan-follower.module';
import { sha256, signSnapshot } from './plan-follower-snapshot';
import { newKeyPair } from './signed-text';

const KEYS = newKeyPair();
const NOBODY_LISTENS = 'redis://127.0.0.1:1';
const MINUTE_MS = 60_000;

let directory: string;
let app: NestFastifyApplication;

/** Tier 1 begins two minutes before T0. */
function signedPlan(): string {
  const { plan } = BUILT_IN_SNAPSHOT;
  const content = { planNo: 4, plan: { ...plan, tier1: { ...plan.tier1, beforeMs: 2 * MINUTE_MS } }, tiers: [] };
  const hash = sha256(contentOf(content));
  const snapshot: PlanSnapshot = { format: SNAPSHOT_FORMAT, version: 9, hash, issuedAtMs: 1, ...content };
  return JSON.stringify(signSnapshot(snapshot, KEYS.signingKey));
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'floodgate-plan-state-'));
  await writeFile(join(directory, 'plan-snapshot.json'), signedPlan());
  const config = parseConfig(z.object({ ...serviceShape, ...redisShape, ...planShape }), {
    HTTP_PORT: '1',
    LOG_LEVEL: 'silent',
    INSTANCE_ID: 'one-of-many',
    REDIS_URL: NOBODY_LISTENS,
    POLICY_PUBLIC_KEYS: KEYS.publicKey,
    STATE_DIR: directory,
  });
  const { REDIS_URL: _ofThePlan, ...kitConfig } = config;
  @Module({
    imports: [
      KitModule.forRoot({ name: 'follower', config: kitConfig }),
      PlanFollowerModule.forRoot({ app: 'follower', config }),
    ],
  })
  class FollowingModule {}
  app = await createService({ module: FollowingModule, config });
  await app.init();
});

afterAll(async () => {
  await app.close();
  await rm(directory, { recursive: true });
});

const ask = (query: Record<string, string>) => app.inject({ method: 'GET', url: '/health/plan', query });

describe('GET /health/plan', () => {
  it('tells the tier of a campaign that this process has never heard of, and by which plan', async () => {
    const inMinutes = async (minutes: number) => {
      const answer = await ask({ campaignId: 'c1', t0Ms: String(Date.now() + minutes * MINUTE_MS) });
      expect(answer.statusCode).toBe(200);
      return answer.json<Record<string, unknown>>();
    };
    const plan = { pid: process.pid, instanceId: 'one-of-many', version: 9, source: 'disk', timeSource: 'local' };
    expect(await inMinutes(1)).toMatchObject({ ...plan, tier: 1 });
    expect(await inMinutes(3)).toMatchObject({ ...plan, tier: 0 });
    expect(await inMinutes(-60)).toMatchObject({ ...plan, tier: 0 });
  });

  it.each([
    ['no campaign', { t0Ms: '1' }],
    ['no T0', { campaignId: 'c1' }],
    ['an id that is none', { campaignId: '../etc', t0Ms: '1' }],
    ['a T0 that is no time', { campaignId: 'c1', t0Ms: 'soon' }],
    ['something else', { campaignId: 'c1', t0Ms: '1', tier: '3' }],
  ])('refuses %s', async (_what, query) => {
    const answer = await ask(query);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ outcome: 'INVALID_REQUEST' });
  });
});
