-- Takes over what the fold made of one record of the log.
-- ARGV: loadId, previous offset, offset, then in columns for all changes: kinds, userIds, grabIds, units
--   kinds: g granted, r refused and its unit is free, x refused and its unit is not free, e ended and back to stock,
--   v voided (no unit), a added and m removed: a range, from and to (exclusive) in the columns of grabId and unit
-- Reply: "ok", or "lost" when this is not the record that follows what the cache has taken.
local meta = redis.call('HMGET', META, 'loadId', 'offset')
if meta[1] ~= ARGV[1] then return 'lost' end
-- The other choice of the shard was faster.
if tonumber(meta[2]) >= tonumber(ARGV[3]) then return 'ok' end
if meta[2] ~= ARGV[2] then return 'lost' end

local count = (#ARGV - 3) / 4
local entries, changed = {}, {}
for i, entry in ipairs(entriesOf(ARGV, 4 + count, count)) do entries[ARGV[3 + count + i]] = entry end

local function set(user, entry)
  entries[user] = entry
  changed[user] = entry
end

local function release(unit) addUnits(unit, unit + 1) end

local changes = {}

function changes.g(user, _, unit)
  local entry = entries[user]
  if not entry or string.find(entry, 'p' .. unit .. '|', 1, true) ~= 1 then
    local setAside = readProposal(entry)
    if setAside then release(setAside) end
    takeOut(tonumber(unit), unit + 1)
  end
  set(user, 'h')
end

function changes.e(user, _, unit)
  local setAside = readProposal(entries[user])
  if setAside and setAside ~= tonumber(unit) then release(setAside) end
  set(user, false)
  release(tonumber(unit))
end

function changes.r(user, grab, unit)
  local setAside, knownGrab = readProposal(entries[user])
  if setAside ~= tonumber(unit) or knownGrab ~= grab then return end
  set(user, false)
  release(setAside)
end

function changes.x(user, grab, unit)
  local setAside, knownGrab = readProposal(entries[user])
  if setAside ~= tonumber(unit) or knownGrab ~= grab then return end
  set(user, false)
  dropStale(unit)
end

function changes.v(user, grab)
  local setAside, knownGrab = readProposal(entries[user])
  if not setAside or knownGrab ~= grab then return end
  set(user, false)
  release(setAside)
end

function changes.a(_, from, to) addUnits(tonumber(from), tonumber(to)) end

function changes.m(_, from, to) takeOut(tonumber(from), tonumber(to)) end

for i = 1, count do
  changes[ARGV[3 + i]](ARGV[3 + count + i], ARGV[3 + 2 * count + i], ARGV[3 + 3 * count + i])
end

local sets, deletes = {}, {}
for user, entry in pairs(changed) do
  if entry then
    sets[#sets + 1] = user
    sets[#sets + 1] = entry
  else
    deletes[#deletes + 1] = user
  end
end
callInParts('HSET', USERS, sets)
callInParts('HDEL', USERS, deletes)
redis.call('HSET', META, 'offset', ARGV[3])
return 'ok'
