-- Opens the shard: it now stands at `offset` of the log.
-- ARGV: loadId, offset
if redis.call('HGET', META, 'loading') ~= ARGV[1] then return 'lost' end
redis.call('HSET', META, 'loadId', ARGV[1], 'offset', ARGV[2])
redis.call('HDEL', META, 'loading')
return 'ok'
