-- Proposals noted before a time and not decided, oldest first; forgets on its way what was decided.
-- ARGV: loadId, beforeMs, proposals at most, users looked at at most
-- Reply: "lost", or userId, grabId and unit of each, flat
if not isLoad(ARGV[1]) then return 'lost' end
local beforeMs, most, looksMax = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local found, foundCount, seen, open, looked = {}, 0, {}, {}, 0
local isDue = true
while isDue and foundCount < most and looked < looksMax do
  local users = redis.call('LPOP', OPEN, most)
  if not users then break end
  looked = looked + #users
  for i, entry in ipairs(entriesOf(users, 1, #users)) do
    local user = users[i]
    local unit, grab, sinceMs = readProposal(entry)
    if unit and not seen[user] then
      seen[user] = true
      open[#open + 1] = user
      if sinceMs < beforeMs and foundCount < most then
        foundCount = foundCount + 1
        found[3 * foundCount - 2], found[3 * foundCount - 1], found[3 * foundCount] = user, grab, unit
      elseif sinceMs >= beforeMs then
        isDue = false
      end
    end
  end
end
-- They stay until they are decided or given back, in their order.
local back = {}
for i = #open, 1, -1 do back[#back + 1] = open[i] end
callInParts('LPUSH', OPEN, back)
return found
