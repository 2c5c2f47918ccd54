-- Frees the units of proposals that still stand as given.
-- ARGV: loadId, then in columns: userIds, grabIds, units
-- Reply: "ok" or "lost"
if not isLoad(ARGV[1]) then return 'lost' end
local count = (#ARGV - 1) / 3
for i, entry in ipairs(entriesOf(ARGV, 2, count)) do
  local user = ARGV[1 + i]
  local unit, grab = readProposal(entry)
  if unit and grab == ARGV[1 + count + i] and unit == tonumber(ARGV[1 + 2 * count + i]) then
    -- The same user twice in one call is freed once.
    if redis.call('HDEL', USERS, user) == 1 then addUnits(unit, unit + 1) end
  end
end
return 'ok'
