// Rows as one stream of bytes, and the stream as the chunks of a backup (docs/protocols/backup.md), both ways, with one chunk
// in memory. Where the bytes go to and come from is not known here.

import { concat, u32 } from '../crypto/bytes.ts'
import { type BackupRow, decodeRow, encodeRow, MAX_ROW_LENGTH } from '../messenger/backup-rows.ts'
import { CHUNK_LENGTH, type ChunkKey, HEADER_LENGTH, openChunk, SEALED_CHUNK_LENGTH, sealChunk } from '../protocol/backup/backup.ts'
import { StreamRefused } from './transfer.ts'

/** Where a file is written: each call settles when more may come. */
export interface Sink {
  readonly write: (bytes: Uint8Array) => Promise<void>
  /** All of it is there. */
  readonly close: () => Promise<void>
  /** Nothing of it stays, as far as the browser can help it. */
  readonly abort: () => Promise<void>
}

/** A file that is read by parts. */
export interface Source {
  readonly size: number
  /** @returns the bytes from `start` to before `end`, fewer where the file ends */
  readonly read: (start: number, end: number) => Promise<Uint8Array>
}

/** @returns bytes written, without the header */
export const writeRows = async (rows: AsyncIterable<BackupRow>, chunkKey: ChunkKey, sink: Sink): Promise<number> => {
  let waiting: Uint8Array[] = []
  let length = 0
  let index = 0
  let written = 0
  const writeChunk = async (plaintext: Uint8Array, isLast: boolean): Promise<void> => {
    const sealed = sealChunk(chunkKey, index, isLast, plaintext)
    index += 1
    written += sealed.length
    await sink.write(sealed)
  }
  for await (const row of rows) {
    const encoded = encodeRow(row)
    waiting.push(u32(encoded.length), encoded)
    length += 4 + encoded.length
    if (length <= CHUNK_LENGTH) continue
    const whole = concat(...waiting)
    let start = 0
    // One that is full may be the last: it leaves when something follows it.
    for (; length - start > CHUNK_LENGTH; start += CHUNK_LENGTH) await writeChunk(whole.subarray(start, start + CHUNK_LENGTH), false)
    waiting = [whole.slice(start)]
    length -= start
  }
  await writeChunk(concat(...waiting), true)
  return written
}

/** Chunks that are read from the file at once: 1 MiB. */
const READ_CHUNKS = 16

/** The rows of a file behind its header. Throws {@link StreamRefused}; what came before is to be thrown away then. */
export async function* readRows(source: Source, chunkKey: ChunkKey, passed: (bytes: number) => void = () => {}): AsyncGenerator<BackupRow> {
  let waiting: Uint8Array = new Uint8Array(0)
  for await (const plaintext of readChunks(source, chunkKey, passed)) {
    waiting = concat(waiting, plaintext)
    let start = 0
    for (;;) {
      const length = lengthAt(waiting, start)
      if (length === undefined || waiting.length < start + 4 + length) break
      const row = decodeRow(waiting.subarray(start + 4, start + 4 + length))
      if (!row.ok) throw new StreamRefused('altered')
      yield row.value
      start += 4 + length
    }
    waiting = waiting.slice(start)
  }
  if (waiting.length > 0) throw new StreamRefused('altered')
}

const lengthAt = (bytes: Uint8Array, at: number): number | undefined => {
  if (bytes.length < at + 4) return undefined
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0)
  if (length > MAX_ROW_LENGTH) throw new StreamRefused('altered')
  return length
}

async function* readChunks(source: Source, chunkKey: ChunkKey, passed: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let index = 0
  if (source.size <= HEADER_LENGTH) throw new StreamRefused('truncated')
  for (let at = HEADER_LENGTH; at < source.size; at += READ_CHUNKS * SEALED_CHUNK_LENGTH) {
    const end = Math.min(source.size, at + READ_CHUNKS * SEALED_CHUNK_LENGTH)
    const read = await source.read(at, end)
    if (read.length < end - at) throw new StreamRefused('truncated')
    for (let start = 0; start < read.length; start += SEALED_CHUNK_LENGTH) {
      const isLast = at + start + SEALED_CHUNK_LENGTH >= source.size
      const opened = openChunk(chunkKey, index, isLast, read.subarray(start, start + SEALED_CHUNK_LENGTH))
      if (!opened.ok) throw new StreamRefused(opened.reason)
      index += 1
      yield opened.plaintext
    }
    passed(end)
  }
}
