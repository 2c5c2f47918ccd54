-- How many units can be offered now: a few too many while stale ones lie among them, and not all where they are much scattered.
-- ARGV: loadId
-- Reply: "lost" or the number
if not isLoad(ARGV[1]) then return 'lost' end
return countFree()
