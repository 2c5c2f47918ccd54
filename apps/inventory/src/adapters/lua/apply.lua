-- Takes over what the fold made of one record of the log.
-- KEYS: meta, free, users
-- ARGV: loadId, previous offset, offset, then for each change: kind, userId, grabId, unit
--   kinds: g granted, r refused and its unit is free, x refused and its unit is not free, e ended and back to stock
-- Reply: "ok", or "lost" when this is not the record that follows what the cache has taken.
local meta = redis.call('HMGET', KEYS[1], 'loadId', 'ready', 'offset')
if meta[1] ~= ARGV[1] or meta[2] ~= '1' or meta[3] ~= ARGV[2] then return 'lost' end

local function giveBack(unit)
  redis.call('RPUSH', KEYS[2], unit .. '-' .. (unit + 1))
end

-- Takes one given unit out of the free ranges: needed only for a grant that this cache did not propose.
local function remove(unit)
  for _, range in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
    local from, to = string.match(range, '^(%d+)-(%d+)$')
    from, to = tonumber(from), tonumber(to)
    if from <= unit and unit < to then
      redis.call('LREM', KEYS[2], 1, range)
      if from < unit then redis.call('LPUSH', KEYS[2], from .. '-' .. unit) end
      if unit + 1 < to then redis.call('LPUSH', KEYS[2], (unit + 1) .. '-' .. to) end
      return
    end
  end
end

for i = 4, #ARGV, 4 do
  local kind, user, grab, unit = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  local entry = redis.call('HGET', KEYS[3], user)
  local state, knownUnit, knownGrab
  if entry then
    state, knownUnit, knownGrab = string.match(entry, '^(%a)|(%d+)|%d+|(.*)$')
    knownUnit = tonumber(knownUnit)
  end
  local proposedHere = state == 'p' and knownGrab == grab and knownUnit == unit
  if kind == 'g' then
    if not proposedHere then
      if state == 'p' and knownUnit ~= unit then giveBack(knownUnit) end
      if not (state == 'p' and knownUnit == unit) then remove(unit) end
    end
    redis.call('HSET', KEYS[3], user, 'h|' .. unit .. '|0|' .. grab)
  elseif kind == 'e' then
    if state == 'p' and knownUnit ~= unit then giveBack(knownUnit) end
    redis.call('HDEL', KEYS[3], user)
    giveBack(unit)
  elseif proposedHere then
    redis.call('HDEL', KEYS[3], user)
    if kind == 'r' then giveBack(unit) end
  end
end
redis.call('HSET', KEYS[1], 'offset', ARGV[3])
return 'ok'
