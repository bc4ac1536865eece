import { script } from '../script.io.ts';
import { TAG_BYTES } from '../value-mac.ts';
import { BLOCK_BYTES, BLOCK_HEAD_BYTES, CODE_BYTES, DAMAGED, HEADER_BYTES, NUMBER_AT } from './minute-blocks.ts';

/* What is done to histories within Redis, at once for many: minute-blocks.ts has the layout. */

/**
 * Begins blocks. KEYS: the shard's index, rings. ARGV: a ring's header, its length; of each ring its id, where the block begins, the block.
 * Answers three lists: places of rings for the caller, as they are damaged, of another length or another version; places of rings that
 * began; of rings whose block is there already, place and block.
 */
export const APPEND = script(`
local head, whole = ARGV[1], tonumber(ARGV[2])
local others, begun, changed = {}, {}, {}
for i = 2, #KEYS do
  local key, at = KEYS[i], 3 * (i - 2) + 3
  local id, from, block = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
  local found = redis.pcall('GETRANGE', key, 0, ${HEADER_BYTES - 1})
  if found == '' then
    -- The first one makes it in its full length, zeros all of it.
    redis.call('SETRANGE', key, whole - 1, '\0')
    redis.call('SETRANGE', key, 0, head)
    redis.call('SETRANGE', key, from, block)
    redis.call('SADD', KEYS[1], id)
    begun[#begun + 1] = i - 2
  elseif type(found) ~= 'string' or found ~= head or redis.call('STRLEN', key) ~= whole then
    others[#others + 1] = i - 2
  else
    local number = struct.unpack('<I4', redis.call('GETRANGE', key, from + ${NUMBER_AT}, from + ${NUMBER_AT + 3}))
    if number < struct.unpack('<I4', block, ${NUMBER_AT + 1}) then
      redis.call('SETRANGE', key, from, block)
    else
      changed[#changed + 1] = { i - 2, redis.call('GETRANGE', key, from, from + ${BLOCK_BYTES - 1}) }
    end
  end
end
return { others, begun, changed }
`);

/** What APPEND_KNOWN is told of one minute: where the block begins, where the code is to be written, the block's tag, its new head, the code. */
export const KNOWN_BYTES = 4 + 4 + TAG_BYTES + BLOCK_HEAD_BYTES + CODE_BYTES;
export const TAG_FROM = 8;
export const HEAD_FROM = TAG_FROM + TAG_BYTES;
export const CODE_FROM = HEAD_FROM + BLOCK_HEAD_BYTES;

/**
 * The same for blocks that are known, which is nearly always: one argument for all of them. KEYS: rings. ARGV: a ring's header, what is to be
 * written. Answers the first and the third list.
 */
export const APPEND_KNOWN = script(`
local head, all = ARGV[1], ARGV[2]
local others, changed = {}, {}
for i = 1, #KEYS do
  local key, at = KEYS[i], ${KNOWN_BYTES} * (i - 1)
  local found = redis.pcall('GETRANGE', key, 0, ${HEADER_BYTES - 1})
  if found == head then
    local from, to = struct.unpack('<I4I4', all, at + 1)
    local stands = redis.call('GETRANGE', key, from, from + ${BLOCK_HEAD_BYTES - 1})
    local tag = string.sub(all, at + ${TAG_FROM + 1}, at + ${HEAD_FROM})
    if string.sub(stands, 1, ${TAG_BYTES}) == tag then
      redis.call('SETRANGE', key, from, string.sub(all, at + ${HEAD_FROM + 1}, at + ${CODE_FROM}))
      redis.call('SETRANGE', key, to, string.sub(all, at + ${CODE_FROM + 1}, at + ${KNOWN_BYTES}))
    else
      changed[#changed + 1] = { i - 1, redis.call('GETRANGE', key, from, from + ${BLOCK_BYTES - 1}) }
    end
  elseif found == '' then
    changed[#changed + 1] = { i - 1, '' }
  else
    others[#others + 1] = i - 1
  end
end
return { others, changed }
`);

/** Marks a ring where it still is what was read. KEYS: ring. ARGV: hash of what was read. */
export const MARK = script(`
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'string' and redis.sha1hex(found) == ARGV[1] then redis.call('SET', KEYS[1], '${DAMAGED}') end
return 1
`);

/** Writes a ring whole where it still is what was read. KEYS: index, ring. ARGV: hash of what was read ('': nothing), bytes, id. */
export const REPLACE = script(`
local found = redis.pcall('GET', KEYS[2])
local hash = type(found) == 'string' and redis.sha1hex(found) or ''
if hash ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SADD', KEYS[1], ARGV[3])
return 1
`);
