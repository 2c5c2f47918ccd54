-- The numbers of a room lie in one hash. Whoever knows of a higher number than it holds knows that it has forgotten some:
-- then it begins above those, and above what others may have given out unheard.
local ROOM = KEYS[1]
local function whole(number) return string.format('%.0f', number) end
local function issuedAbove(issued, known, unheard)
  if issued < known then return known + unheard end
  return issued
end
