-- `free` of sharded counters: ranges "from-to" (to exclusive) or single units; the first range is counted up.
local function readRange(text)
  local from, to = string.match(text, '^(%d+)-(%d+)$')
  if from then return tonumber(from), tonumber(to) end
  from = tonumber(text)
  return from, from + 1
end

local function rangeText(from, to)
  if to == from + 1 then return from end
  return from .. '-' .. to
end

-- Up to `count` units, in order.
local function takeUnits(count)
  local units, taken = {}, 0
  local mayBeStale = count > 0 and hasStale()
  while taken < count do
    local text = redis.call('LPOP', FREE)
    if not text then break end
    local from, to = readRange(text)
    while from < to and taken < count do
      if not (mayBeStale and dropStale(from)) then
        taken = taken + 1
        units[taken] = from
      end
      from = from + 1
    end
    if from < to then redis.call('LPUSH', FREE, rangeText(from, to)) end
  end
  return units
end

-- Units that came, or came back: they go to the end.
local function addUnits(from, to)
  if hasStale() then
    local unit = from
    while unit < to do
      if dropStale(unit) then
        if from < unit then redis.call('RPUSH', FREE, rangeText(from, unit)) end
        from = unit + 1
      end
      unit = unit + 1
    end
  end
  if from < to then redis.call('RPUSH', FREE, rangeText(from, to)) end
end

-- Takes units away, wherever they are. A single one, by far the most frequent, is not searched for.
local function takeOut(from, to)
  if to == from + 1 then return changeStale(from, 1) end
  local kept, found = {}, {}
  for _, text in ipairs(redis.call('LRANGE', FREE, 0, -1)) do
    local first, last = readRange(text)
    local left, right = math.max(first, from), math.min(last, to)
    if left < right then
      for unit = left, right - 1 do found[unit] = (found[unit] or 0) + 1 end
      if first < left then kept[#kept + 1] = rangeText(first, left) end
      if right < last then kept[#kept + 1] = rangeText(right, last) end
    else
      kept[#kept + 1] = text
    end
  end
  redis.call('DEL', FREE)
  callInParts('RPUSH', FREE, kept)
  for unit = from, to - 1 do
    local copies = 1 - (found[unit] or 0)
    if copies ~= 0 then changeStale(unit, copies) end
  end
end

-- Of the first ranges only, so that it stays cheap; more than 0 when there is anything.
local function countFree()
  local count = 0
  for _, text in ipairs(redis.call('LRANGE', FREE, 0, 99)) do
    local from, to = readRange(text)
    count = count + to - from
  end
  return count
end
