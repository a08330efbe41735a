import { describe, expect, it } from 'vitest'
import { memoryFile, sourceOf } from '../../test/support/memory-files.ts'
import { messageRow } from '../../test/support/rows.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { asSecret, concat } from '../crypto/bytes.ts'
import type { BackupRow } from '../messenger/backup-rows.ts'
import { beginBackup, HEADER_LENGTH, SEALED_CHUNK_LENGTH, sealChunk } from '../protocol/backup/backup.ts'
import { readRows, writeRows } from './row-stream.ts'
import { StreamRefused } from './transfer.ts'

const random = seededRandom('row-stream')
const { chunkKey, header } = beginBackup('words', asSecret<'PhraseEntropy'>(random(16)), random(16))
const rowsOf = (count: number, length = 500): readonly BackupRow[] =>
  Array.from({ length: count }, (_, i) => ({ type: 'message', message: messageRow('bob', i + 1, { text: 'x'.repeat(length) }) }))

const written = async (rows: readonly BackupRow[]): Promise<Uint8Array> => {
  const file = memoryFile('file', header)
  const each = async function* () {
    yield* rows
  }
  expect(await writeRows(each(), chunkKey, file.sink)).toBe(file.bytes().length - HEADER_LENGTH)
  return file.bytes()
}
const read = async (bytes: Uint8Array): Promise<readonly BackupRow[] | string> => {
  const rows: BackupRow[] = []
  try {
    for await (const row of readRows(sourceOf(bytes), chunkKey)) rows.push(row)
    return rows
  } catch (failure) {
    if (failure instanceof StreamRefused) return failure.reason
    throw failure
  }
}
const chunk = (bytes: Uint8Array, i: number): Uint8Array =>
  bytes.subarray(HEADER_LENGTH + i * SEALED_CHUNK_LENGTH, HEADER_LENGTH + (i + 1) * SEALED_CHUNK_LENGTH)

describe('rows in a file', () => {
  it.each([1, 2, 117, 118, 119, 500, 4_000])('come back as they were, in order: %i', async (count) => {
    const rows = rowsOf(count)
    expect(await read(await written(rows))).toEqual(rows)
  })

  it('come back where one is longer than a chunk', async () => {
    const rows = rowsOf(3, 48_000).concat(rowsOf(1, 100_000))
    expect(await read(await written(rows))).toEqual(rows)
  })

  it('are refused with any byte altered, whichever it is', async () => {
    const bytes = await written(rowsOf(2, 20))
    for (let at = HEADER_LENGTH; at < bytes.length; at++) {
      const altered = bytes.slice()
      altered[at] = (altered[at] ?? 0) ^ 1
      expect(await read(altered), `byte ${at}`).toBe('altered')
    }
  })

  it('are refused where the file ends early, at the edge of each chunk and beside it', async () => {
    const bytes = await written(rowsOf(500))
    const chunks = Math.floor((bytes.length - HEADER_LENGTH) / SEALED_CHUNK_LENGTH)
    expect(chunks).toBeGreaterThan(3)
    for (let i = 1; i <= chunks; i++) {
      const edge = HEADER_LENGTH + i * SEALED_CHUNK_LENGTH
      expect(await read(bytes.subarray(0, edge))).toBe('truncated')
      expect(await read(bytes.subarray(0, edge - 1))).toBe('altered')
      expect(await read(bytes.subarray(0, edge + 1))).toBe('truncated')
    }
    for (const length of [0, 1, HEADER_LENGTH]) expect(await read(bytes.subarray(0, length))).toBe('truncated')
  })

  it('are refused with chunks swapped, repeated, left out or put behind', async () => {
    const bytes = await written(rowsOf(500))
    const last = bytes.subarray(HEADER_LENGTH + 3 * SEALED_CHUNK_LENGTH)
    const [a, b, c] = [chunk(bytes, 0), chunk(bytes, 1), chunk(bytes, 2)]
    for (const parts of [
      [b, a, c],
      [a, a, c],
      [a, c],
      [a, b, c, c],
    ])
      expect(await read(concat(header, ...parts, last))).toBe('altered')
    expect(await read(concat(bytes, Uint8Array.of(0)))).toBe('altered')
    expect(await read(concat(bytes, last))).toBe('altered')
  })

  it('are refused where what is sealed is no row, ends within one, or names a length that none has', async () => {
    const sealed = (...plaintext: readonly number[]) => concat(header, sealChunk(chunkKey, 0, true, Uint8Array.from(plaintext)))
    for (const plaintext of [[0, 0, 0, 1, 99], [0, 0, 0, 9, 6], [0xff, 0xff, 0xff, 0xff, 1], [0, 0, 0, 0], [0]])
      expect(await read(sealed(...plaintext))).toBe('altered')
  })

  it('are refused where the file becomes shorter while it is read', async () => {
    const bytes = await written(rowsOf(10))
    const source = { size: bytes.length, read: async () => bytes.subarray(HEADER_LENGTH, HEADER_LENGTH + 5) }
    await expect(
      (async () => {
        for await (const _ of readRows(source, chunkKey)) expect(_.type).toBe('message')
      })(),
    ).rejects.toMatchObject({ reason: 'truncated' })
  })
})
