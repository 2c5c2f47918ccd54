-- Adds a part of the snapshot.
-- KEYS: meta, free, users
-- ARGV: loadId, number of ranges, the ranges, then user and entry of each holder
if redis.call('HGET', KEYS[1], 'loadId') ~= ARGV[1] then return 'lost' end
local ranges = tonumber(ARGV[2])
for i = 3, 2 + ranges do redis.call('RPUSH', KEYS[2], ARGV[i]) end
for i = 3 + ranges, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
return 'ok'
