-- Forgets the shard and begins a load under a new random id, which every other script checks.
-- KEYS: meta, free, users    ARGV: loadId
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'loadId', ARGV[1], 'ready', '0')
return 'ok'
