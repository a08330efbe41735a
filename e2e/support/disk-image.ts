// A browser's profile as somebody reads it who has copied the disk: every file as it lies there, and what Chromium packs, taken
// apart: the records of LevelDB's logs put together, the blocks of its tables decompressed (doc/log_format.md, doc/table_format.md
// and format_description.txt of LevelDB and Snappy).

import { appendFile, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

const LOG_BLOCK = 32_768
const LOG_HEADER = 7
const FOOTER = 48

/** @returns the number, and where it ends; seven bits a byte, the lowest first */
const varint = (bytes: Buffer, from: number): readonly [value: number, end: number] => {
  let value = 0
  for (let at = from, scale = 1; ; at++, scale *= 128) {
    const byte = bytes[at]
    if (byte === undefined) throw new Error('disk-image: a number without end')
    value += (byte & 127) * scale
    if (byte < 128) return [value, at + 1]
  }
}

const unsnappy = (packed: Buffer): Buffer => {
  const [length, begin] = varint(packed, 0)
  const out = Buffer.alloc(length)
  let written = 0
  for (let at = begin; at < packed.length; ) {
    const tag = packed[at++] ?? 0
    if ((tag & 3) === 0) {
      let count = tag >> 2
      if (count >= 60) {
        const bytes = count - 59
        count = packed.readUIntLE(at, bytes)
        at += bytes
      }
      packed.copy(out, written, at, at + count + 1)
      at += count + 1
      written += count + 1
      continue
    }
    const kind = tag & 3
    const count = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const back = kind === 1 ? ((tag >> 5) << 8) | (packed[at] ?? 0) : kind === 2 ? packed.readUInt16LE(at) : packed.readUInt32LE(at)
    at += kind === 1 ? 1 : kind === 2 ? 2 : 4
    // What is copied may overlap what it is copied to.
    for (let i = 0; i < count; i++, written++) out[written] = out[written - back] ?? 0
  }
  return out
}

const block = (table: Buffer, offset: number, size: number): Buffer => {
  const stored = table.subarray(offset, offset + size)
  return table[offset + size] === 1 ? unsnappy(stored) : stored
}

/** The values of a block's entries. */
const valuesOf = (entries: Buffer): readonly Buffer[] => {
  const values: Buffer[] = []
  const end = entries.length - 4 * (entries.readUInt32LE(entries.length - 4) + 1)
  for (let at = 0; at < end; ) {
    const [, afterShared] = varint(entries, at)
    const [own, afterOwn] = varint(entries, afterShared)
    const [length, begin] = varint(entries, afterOwn)
    values.push(entries.subarray(begin + own, begin + own + length))
    at = begin + own + length
  }
  return values
}

const tableBlocks = (table: Buffer): readonly Buffer[] => {
  const footer = table.subarray(table.length - FOOTER)
  const [, afterMetaOffset] = varint(footer, 0)
  const [, afterMeta] = varint(footer, afterMetaOffset)
  const [offset, afterOffset] = varint(footer, afterMeta)
  const [size] = varint(footer, afterOffset)
  return valuesOf(block(table, offset, size)).map((handle) => {
    const [at, next] = varint(handle, 0)
    return block(table, at, varint(handle, next)[0])
  })
}

const logRecords = (log: Buffer): Buffer => {
  const pieces: Buffer[] = []
  for (let start = 0; start < log.length; start += LOG_BLOCK) {
    const end = Math.min(start + LOG_BLOCK, log.length)
    for (let at = start; at + LOG_HEADER <= end; ) {
      const length = log.readUInt16LE(at + 4)
      pieces.push(log.subarray(at + LOG_HEADER, at + LOG_HEADER + length))
      at += LOG_HEADER + length
    }
  }
  return Buffer.concat(pieces)
}

const contentsOf = (name: string, bytes: Buffer): readonly Buffer[] => {
  if (name.endsWith('.ldb') && bytes.length > FOOTER) return [bytes, ...tableBlocks(bytes)]
  return /\d+\.log$/.test(name) ? [bytes, logRecords(bytes)] : [bytes]
}

/** How a text may stand in a file. */
export const spellings = (text: string): readonly Buffer[] => [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]

/** @returns the names of what stands anywhere in the profile, in any of its spellings, with the file */
export const foundIn = async (
  folder: string,
  plants: Readonly<Record<string, readonly Buffer[]>>,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const found = new Map<string, readonly string[]>()
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((each) => each.isFile())) {
    const contents = contentsOf(entry.name, await readFile(join(entry.parentPath, entry.name)))
    for (const [plant, spelled] of Object.entries(plants)) {
      if (!contents.some((content) => spelled.some((piece) => content.includes(piece)))) continue
      found.set(plant, [...(found.get(plant) ?? []), join(entry.parentPath, entry.name).slice(folder.length)])
    }
  }
  return found
}

/** What a browser leaves that dies in the middle of a write: the newest log of its databases ends with the begin of a record. */
export const tearLog = async (folder: string): Promise<void> => {
  const paths = await readdir(folder, { recursive: true })
  const log = paths
    .filter((path) => /indexeddb\.leveldb.\d+\.log$/.test(path))
    .toSorted()
    .at(-1)
  if (log === undefined) throw new Error('disk-image: no log')
  const path = join(folder, log)
  const left = LOG_BLOCK - ((await stat(path)).size % LOG_BLOCK)
  // A record stands in one block. Its sum is of no account, as it does not end.
  const header = Buffer.alloc(LOG_HEADER)
  header.writeUInt16LE(Math.max(left - LOG_HEADER, 0), 4)
  header[6] = 1
  await appendFile(path, Buffer.concat([header, Buffer.alloc(100, 7)]).subarray(0, Math.min(left - 1, LOG_HEADER + 100)))
}
