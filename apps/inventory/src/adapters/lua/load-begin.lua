-- Forgets the shard and begins a load under a new random id.
-- ARGV: loadId
redis.call('UNLINK', META, FREE, USERS, OPEN, STALE)
redis.call('HSET', META, 'loading', ARGV[1])
return 'ok'
