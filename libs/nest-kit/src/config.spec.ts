import { z } from 'zod';
import { parseConfig, redisShape } from './config';

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
