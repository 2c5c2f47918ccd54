-- One beat of a room: takes over what the instance knows better, opens the room once T0 has come, calls people if the instance leads. All by
-- this server's clock, so that it does not matter whose machine's clock is wrong.
-- ARGV: what the instance knows (issued, frozen or "", seed, openedAtMs, serving, lapsed), how many numbers others may have given out unheard,
--   instanceId, 1 when T0 has come, a seed for the opening, how many to call a second or "" for none, tried, answered, ttlMs
-- Reply: issued, frozen or "", seed, openedAtMs, serving, lapsed, and the marks: JSON of [atMs, serving, tried, answered], the last one now
local LEASE_MS, CATCH_UP_MS_MAX, MARK_EVERY_MS, PLACE_KEPT_MS = 1000, 500, 1000, 60000

local fields = { 'issued', 'frozen', 'seed', 'openedAtMs', 'serving', 'lapsed', 'leader', 'leaseUntilMs', 'calledAtMs', 'carry', 'tried', 'answered', 'marks' }
local values = redis.call('HMGET', ROOM, unpack(fields))
local room = {}
for i, field in ipairs(fields) do room[field] = values[i] or nil end
local function number(field) return tonumber(room[field] or 0) end

local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

local issued = issuedAbove(number('issued'), tonumber(ARGV[1]), tonumber(ARGV[7]))
local serving = math.max(number('serving'), tonumber(ARGV[5]))
local lapsed = math.max(number('lapsed'), tonumber(ARGV[6]))
-- A room that was forgotten and opened again takes back its first opening.
local function isEarlier()
  local knownAtMs, atMs = tonumber(ARGV[4]), number('openedAtMs')
  return knownAtMs < atMs or (knownAtMs == atMs and ARGV[3] < room.seed)
end
if ARGV[2] ~= '' and (not room.frozen or isEarlier()) then
  room.frozen, room.seed, room.openedAtMs = ARGV[2], ARGV[3], ARGV[4]
elseif not room.frozen and ARGV[9] == '1' then
  room.frozen, room.seed, room.openedAtMs = whole(issued), ARGV[10], whole(nowMs)
end

-- The last call lies in the time to come: the server that wrote it down had a clock that was ahead, and this one has taken over. Its lease and its marks would
-- hold until then.
local wasAhead = number('calledAtMs') > nowMs + LEASE_MS

local tried, answered = number('tried') + ARGV[12], number('answered') + ARGV[13]
local marks = room.marks and not wasAhead and cjson.decode(room.marks) or {}
local set = { 'issued', whole(issued), 'tried', whole(tried), 'answered', whole(answered) }
local function put(field, value)
  set[#set + 1] = field
  set[#set + 1] = value
end

local isLeader = room.leader == ARGV[8]
if room.frozen and ARGV[11] == '' then
  -- It must not call anybody: another may, at once.
  if isLeader then put('leaseUntilMs', whole(nowMs)) end
elseif room.frozen and (isLeader or wasAhead or number('leaseUntilMs') <= nowMs) then
  put('leader', ARGV[8])
  put('leaseUntilMs', whole(nowMs + LEASE_MS))
  local calledAtMs = room.calledAtMs and number('calledAtMs') or nowMs
  local passedMs = math.min(CATCH_UP_MS_MAX, math.max(0, nowMs - calledAtMs))
  -- Time in which nobody was called, or that a clock jumped, is not time in which those who were called could have come.
  local idleMs = nowMs - calledAtMs - CATCH_UP_MS_MAX
  if idleMs > LEASE_MS then
    for _, mark in ipairs(marks) do mark[1] = mark[1] + idleMs end
  end
  local due = passedMs * ARGV[11] / 1000 + number('carry')
  local called = math.max(0, math.min(math.floor(due), issued - serving))
  serving = serving + called
  -- What nobody was there for is gone, so that an empty room does not save up for a crowd.
  put('carry', called < math.floor(due) and '0' or string.format('%.6f', due - called))
  put('calledAtMs', whole(nowMs))
  local newest = marks[#marks]
  if not newest or nowMs - newest[1] >= MARK_EVERY_MS then marks[#marks + 1] = { nowMs, serving, tried, answered } end
  while #marks > 0 and nowMs - marks[1][1] >= PLACE_KEPT_MS do
    lapsed = math.max(lapsed, table.remove(marks, 1)[2])
  end
  put('marks', cjson.encode(marks))
end

put('serving', whole(serving))
put('lapsed', whole(lapsed))
if room.frozen then
  put('frozen', room.frozen)
  put('seed', room.seed)
  put('openedAtMs', room.openedAtMs)
end
redis.call('HSET', ROOM, unpack(set))
redis.call('PEXPIRE', ROOM, ARGV[14])
marks[#marks + 1] = { nowMs, serving, tried, answered }
return { whole(issued), room.frozen or '', room.seed or '', room.openedAtMs or '', whole(serving), whole(lapsed), cjson.encode(marks) }
