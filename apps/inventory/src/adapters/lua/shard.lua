-- What every script of a shard begins with.
-- KEYS: meta   hash: loading, the id of a load that began; loadId, once it is complete; offset, of the last record taken
--       free   list of the units that can be offered, as free-ranges.lua or free-units.lua keeps it
--       users  hash userId -> "h": holds a unit; "p<unit>|<grabId>|<sinceMs>": a unit is set aside
--       open   list of userIds in the order of their proposals; what was decided is dropped when overdue.lua meets it
--       stale  hash unit -> how many copies of it, in `free` or set aside, are to be dropped when they turn up
-- `stale` makes it cheap to take a unit away from wherever it is: nothing is searched for.
local META, FREE, USERS, OPEN, STALE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

-- Lua hands over some thousand arguments at most; an even number, so that pairs stay together.
local PART = 1000

local function isLoad(loadId) return redis.call('HGET', META, 'loadId') == loadId end

local function callInParts(command, key, list)
  for first = 1, #list, PART do
    redis.call(command, key, unpack(list, first, math.min(first + PART - 1, #list)))
  end
end

-- Entries of the users list[first] to list[first + count - 1]; false for who has none.
local function entriesOf(list, first, count)
  local entries = {}
  for from = first, first + count - 1, PART do
    local part = redis.call('HMGET', USERS, unpack(list, from, math.min(from + PART, first + count) - 1))
    if count <= PART then return part end
    for _, entry in ipairs(part) do entries[#entries + 1] = entry end
  end
  return entries
end

-- Unit (a number), grabId and sinceMs (a number) of an entry that sets a unit aside; nil for any other.
local function readProposal(entry)
  if not entry or entry == 'h' then return nil end
  local unit, grab, since = string.match(entry, '^p(%d+)|(.*)|(%d+)$')
  return tonumber(unit), grab, tonumber(since)
end

local function changeStale(unit, copies)
  if redis.call('HINCRBY', STALE, unit, copies) <= 0 then redis.call('HDEL', STALE, unit) end
end

-- True when this copy of the unit is one to be dropped.
local function dropStale(unit)
  if redis.call('HEXISTS', STALE, unit) == 0 then return false end
  changeStale(unit, -1)
  return true
end

local function hasStale() return redis.call('EXISTS', STALE) == 1 end
