-- Adds a part of the snapshot.
-- ARGV: loadId, number of ranges, from and to (exclusive) of each, then the userIds of holders
if redis.call('HGET', META, 'loading') ~= ARGV[1] then return 'lost' end
local firstHolder = 3 + 2 * ARGV[2]
for i = 3, firstHolder - 1, 2 do addUnits(tonumber(ARGV[i]), tonumber(ARGV[i + 1])) end
local sets = {}
for i = firstHolder, #ARGV do
  sets[#sets + 1] = ARGV[i]
  sets[#sets + 1] = 'h'
end
callInParts('HSET', USERS, sets)
return 'ok'
