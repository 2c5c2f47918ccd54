-- Sets a unit aside for each grab, in one atomic step.
-- KEYS: meta, free (list of "from-to" ranges, to exclusive), users (hash user -> "state|unit|sinceMs|grabId")
-- ARGV: loadId, nowMs, then userId and grabId of each grab
-- Reply: "lost", or for each grab: {"p", unit} set aside; {"o", grabId} another grab of this user; {"h"} held; {"n"} none free
local meta = redis.call('HMGET', KEYS[1], 'loadId', 'ready')
if meta[1] ~= ARGV[1] or meta[2] ~= '1' then return 'lost' end

local from, to
local function takeUnit()
  if not from then
    local range = redis.call('LPOP', KEYS[2])
    if not range then return nil end
    from, to = string.match(range, '^(%d+)-(%d+)$')
    from, to = tonumber(from), tonumber(to)
  end
  local unit = from
  from = from + 1
  if from == to then from = nil end
  return unit
end

local replies = {}
for i = 3, #ARGV, 2 do
  local user, grab = ARGV[i], ARGV[i + 1]
  local entry = redis.call('HGET', KEYS[3], user)
  if entry then
    local state, unit, knownGrab = string.match(entry, '^(%a)|(%d+)|%d+|(.*)$')
    if state == 'h' then
      replies[#replies + 1] = { 'h' }
    elseif knownGrab == grab then
      replies[#replies + 1] = { 'p', tonumber(unit) }
    else
      replies[#replies + 1] = { 'o', knownGrab }
    end
  else
    local unit = takeUnit()
    if unit then
      redis.call('HSET', KEYS[3], user, 'p|' .. unit .. '|' .. ARGV[2] .. '|' .. grab)
      replies[#replies + 1] = { 'p', unit }
    else
      replies[#replies + 1] = { 'n' }
    end
  end
end
if from then redis.call('LPUSH', KEYS[2], from .. '-' .. to) end
return replies
