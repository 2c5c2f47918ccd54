-- Gives a person an arrival number, unless they have another one than the one it is to take the place of.
-- ARGV: field, number, the number it takes the place of or "", ttlMs
-- Reply: the number they then have
local has = redis.call('HGET', KEYS[1], ARGV[1])
if has and has ~= ARGV[3] then return tonumber(has) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return tonumber(ARGV[2])
