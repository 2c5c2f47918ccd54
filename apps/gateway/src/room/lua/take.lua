-- Gives out arrival numbers.
-- ARGV: how many, the highest known, how many others may have given out above it, ttlMs
-- Reply: the last one given out
local issued = tonumber(redis.call('HGET', ROOM, 'issued') or 0)
issued = issuedAbove(issued, tonumber(ARGV[2]), tonumber(ARGV[3])) + tonumber(ARGV[1])
redis.call('HSET', ROOM, 'issued', whole(issued))
redis.call('PEXPIRE', ROOM, ARGV[4])
return issued
