import { MemoryLog, startRedis, type TestRedisServer, until } from '@floodgate/testing';
import { keepConnecting } from './keep-connecting';
import { keepSubscribed } from './keep-subscribed';
import { createSubscriber } from './redis';

describe('a subscription that is kept', () => {
  let server: TestRedisServer;
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(() => server.stop());

  it('comes about once the server no longer refuses it, and again with the next connection', async () => {
    const log = new MemoryLog();
    const redis = createSubscriber(server.url);
    const heard: string[] = [];
    let subscriptions = 0;
    redis.on('message', (_channel: string, text: string) => heard.push(text));
    keepSubscribed(redis, { channel: 'news', log, whenRefused: 'refused', onSubscribed: () => subscriptions++ });
    await server.admin.call('ACL', 'SETUSER', 'default', 'resetchannels');
    await keepConnecting(redis, log, 'gone');
    await until('the refusal', () => log.lines.length > 0);
    expect(log.lines[0]).toMatchObject({ level: 'warn', message: 'refused' });
    expect(subscriptions).toBe(0);

    await server.admin.call('ACL', 'SETUSER', 'default', 'allchannels');
    await until('the subscription', () => subscriptions > 0);
    await server.admin.publish('news', 'one');
    await until('the news', () => heard.length > 0);

    const before = subscriptions;
    await server.kill();
    await server.start();
    await until('the next subscription', () => subscriptions > before);
    await server.admin.publish('news', 'two');
    await until('more news', () => heard.length > 1);
    expect(heard).toEqual(['one', 'two']);
    redis.disconnect();
  });

  it('is renewed where it was lost without a word', async () => {
    const redis = createSubscriber(server.url);
    const heard: string[] = [];
    let subscriptions = 0;
    redis.on('message', (_channel: string, text: string) => heard.push(text));
    const log = new MemoryLog();
    const onSubscribed = () => subscriptions++;
    keepSubscribed(redis, { channel: 'news', log, whenRefused: 'refused', onSubscribed, renewEveryMs: 50 });
    await keepConnecting(redis, log, 'gone');
    await until('the subscription', () => subscriptions > 0);
    await redis.unsubscribe('news');
    await until('the news', async () => {
      await server.admin.publish('news', 'one');
      return heard.length > 0;
    });
    expect(subscriptions).toBe(1);
    redis.disconnect();
  });
});
