-- Which server holds the shard, and as what. INFO through a script goes where the shard's key is, also in a cluster.
local info = redis.call('INFO', 'server') .. redis.call('INFO', 'replication')
local function field(name) return string.match(info, name .. ':(%w+)') end
return field('run_id') .. ' ' .. field('master_replid') .. ' ' .. field('role')
