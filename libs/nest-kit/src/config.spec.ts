import { z } from 'zod';
import { parseConfig, redisShape, serviceShape } from './config';

const schema = z.object(redisShape);

describe('REDIS_URL', () => {
  it.each(['redis://127.0.0.1:6379', 'rediss://user:word@redis', 'redis://a:7000,redis://b:7001,redis://c:7002'])(
    'may be %s',
    (url) => {
      expect(parseConfig(schema, { REDIS_URL: url })).toEqual({ REDIS_URL: url });
    },
  );

  it.each(['', 'redis', 'mysql://a', 'redis://a,', 'redis://a,b:7001', 'redis://a,mysql://b'])(
    'may not be %p',
    (url) => {
      expect(() => parseConfig(schema, { REDIS_URL: url })).toThrow('REDIS_URL');
    },
  );
});

describe('a variable that is wrong', () => {
  const service = z.object({ ...serviceShape, ...redisShape });
  const complaint = (source: Record<string, string | undefined>) => {
    try {
      return JSON.stringify(parseConfig(service, source));
    } catch (error) {
      return String(error);
    }
  };

  it('is named when it is missing, or empty, whatever it should be', () => {
    const said = 'Error: configuration: HTTP_PORT is missing; REDIS_URL is missing';
    expect(complaint({})).toBe(said);
    expect(complaint({ HTTP_PORT: '', REDIS_URL: undefined })).toBe(said);
  });

  it('is named when it is no number, and its value is not shown', () => {
    const source = { HTTP_PORT: 'secret-word', REDIS_URL: 'redis://a', BUDGET_GRAB_MS: '1s' };
    expect(complaint(source)).toBe(
      'Error: configuration: HTTP_PORT: must be a number; BUDGET_GRAB_MS: must be a number',
    );
  });
});
