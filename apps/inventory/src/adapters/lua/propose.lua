-- Sets a unit aside for each grab, in one atomic step.
-- ARGV: loadId, nowMs, the userIds, then their grabIds in the same order
-- Reply: "lost", or for each grab its unit; -1: holds one; -2: none free; a text: the other grab of this user
if not isLoad(ARGV[1]) then return 'lost' end
local nowMs = ARGV[2]
local count = (#ARGV - 2) / 2
local entries = entriesOf(ARGV, 3, count)
local replies, newcomers, wantedBy = {}, {}, {}
for i = 1, count do
  local user, grab = ARGV[2 + i], ARGV[2 + count + i]
  local entry = entries[i]
  if entry then
    local unit, knownGrab = readProposal(entry)
    if not unit then
      replies[i] = -1
    elseif knownGrab == grab then
      replies[i] = unit
    else
      replies[i] = knownGrab
    end
  elseif not wantedBy[user] then
    newcomers[#newcomers + 1] = i
    wantedBy[user] = i
  end
end

local units = takeUnits(#newcomers)
local users, sets = {}, {}
for n, unit in ipairs(units) do
  local i = newcomers[n]
  local user = ARGV[2 + i]
  replies[i] = unit
  users[n] = user
  sets[2 * n - 1] = user
  sets[2 * n] = 'p' .. unit .. '|' .. ARGV[2 + count + i] .. '|' .. nowMs
end
callInParts('HSET', USERS, sets)
callInParts('RPUSH', OPEN, users)

for i = 1, count do
  if not replies[i] then
    -- Without a unit, or a second grab of a person within this batch.
    local first = wantedBy[ARGV[2 + i]]
    local unit = replies[first]
    if not unit or unit == -2 then
      replies[i] = -2
    elseif ARGV[2 + count + first] == ARGV[2 + count + i] then
      replies[i] = unit
    else
      replies[i] = ARGV[2 + count + first]
    end
  end
end
return replies
