-- Opens the shard: it now stands at `offset` of the log.
-- KEYS: meta    ARGV: loadId, offset
if redis.call('HGET', KEYS[1], 'loadId') ~= ARGV[1] then return 'lost' end
redis.call('HSET', KEYS[1], 'offset', ARGV[2], 'ready', '1')
return 'ok'
