import { Health } from './health';

const fails = () => {
  throw new Error('it is not well');
};

describe('Health', () => {
  it('is ready when every check passes, whatever a notice says', async () => {
    const health = new Health();
    health.addReadiness('store', () => undefined);
    health.addNotice('consumer', fails);
    expect(await health.ready()).toEqual({
      ok: true,
      checks: { store: 'ok' },
      notices: { consumer: 'it is not well' },
    });
    health.addReadiness('log', fails);
    expect(await health.ready()).toMatchObject({ ok: false, checks: { store: 'ok', log: 'it is not well' } });
  });

  it('is not ready while it stops, and lives on', async () => {
    const health = new Health();
    health.beginShutdown();
    expect(await health.ready()).toMatchObject({ ok: false, checks: { shutdown: 'stopping' } });
    expect((await health.live()).ok).toBe(true);
  });

  it('lives until a watchdog has given up', async () => {
    const health = new Health();
    health.addReadiness('store', fails);
    expect((await health.live()).ok).toBe(true);
    health.addLiveness('consumer', fails);
    expect(await health.live()).toEqual({ ok: false, checks: { consumer: 'it is not well' } });
  });
});
