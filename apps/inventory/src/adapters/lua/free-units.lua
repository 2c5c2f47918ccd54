-- `free` of a unit queue: one element a unit, popped in order.

-- Up to `count` units, in order.
local function takeUnits(count)
  local units, taken = {}, 0
  local mayBeStale = count > 0 and hasStale()
  while taken < count do
    local popped = redis.call('LPOP', FREE, count - taken)
    if not popped then break end
    for _, unit in ipairs(popped) do
      if not (mayBeStale and dropStale(unit)) then
        taken = taken + 1
        units[taken] = tonumber(unit)
      end
    end
  end
  return units
end

-- Units that came, or came back: they go to the end.
local function addUnits(from, to)
  local mayBeStale, units = hasStale(), {}
  for unit = from, to - 1 do
    if not (mayBeStale and dropStale(unit)) then units[#units + 1] = unit end
  end
  callInParts('RPUSH', FREE, units)
end

-- Takes units away, wherever they are. What is lent mostly lies untouched at the end; nothing else is searched for.
local function takeOut(from, to)
  local count = to - from
  local last = count > 1 and redis.call('LRANGE', FREE, -count, -1) or {}
  local atTheEnd = #last == count
  for index = 1, #last do atTheEnd = atTheEnd and tonumber(last[index]) == from + index - 1 end
  if atTheEnd then return redis.call('LTRIM', FREE, 0, -count - 1) end
  for unit = from, to - 1 do changeStale(unit, 1) end
end

local function countFree() return redis.call('LLEN', FREE) end
