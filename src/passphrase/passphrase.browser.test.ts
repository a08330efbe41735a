import { describe, expect, it } from 'vitest'
import { toHex } from '../crypto/bytes.ts'
import { argon2 } from './argon2.ts'
import { deriveKey, PASSPHRASE_COST, passphraseBytes } from './passphrase.ts'

const salt = Uint8Array.from({ length: 16 }, (_, i) => i)
const cheap = { memoryKiB: 19_456, passes: 1, lanes: 1 }
const derived = async (passphrase: string): Promise<string> => {
  const answer = await deriveKey(passphrase, salt, cheap)
  return answer.ok ? toHex(answer.key) : answer.reason
}

describe('a key from a passphrase', () => {
  it('is Argon2id of its text, salt and cost, worked out in a worker of its own', async () => {
    expect(await derived('correct horse')).toBe(toHex(await argon2(new TextEncoder().encode('correct horse'), salt, cheap)))
  })

  it('takes 64 MiB and three passes where nothing else is said', async () => {
    const answer = await deriveKey('correct horse', salt)
    expect(answer.ok && toHex(answer.key)).toBe(toHex(await argon2(passphraseBytes('correct horse'), salt, PASSPHRASE_COST)))
    expect(PASSPHRASE_COST).toEqual({ memoryKiB: 65_536, passes: 3, lanes: 1 })
  })

  it('is the same for one text in other code points, and another for every other text', async () => {
    const composed = await derived('caf\u00e9 \ufb01n')
    expect(await derived('cafe\u0301 fin')).toBe(composed)
    expect(await derived('cafe fin')).not.toBe(composed)
    expect(await derived('caf\u00e9 fin ')).not.toBe(composed)
  })

  it('ends at once when it is wanted no more', async () => {
    const wanting = new AbortController()
    const answer = deriveKey('correct horse', salt, { memoryKiB: 262_144, passes: 10, lanes: 1 }, wanting.signal)
    wanting.abort()
    expect(await answer).toEqual({ ok: false, reason: 'aborted' })
    expect(await deriveKey('correct horse', salt, cheap, wanting.signal)).toEqual({ ok: false, reason: 'aborted' })
  })

  it.each([
    { memoryKiB: 19_455, passes: 1, lanes: 1 },
    { memoryKiB: 262_145, passes: 1, lanes: 1 },
    { memoryKiB: 65_536, passes: 0, lanes: 1 },
    { memoryKiB: 65_536, passes: 11, lanes: 1 },
    { memoryKiB: 65_536, passes: 3, lanes: 0 },
    { memoryKiB: 65_536, passes: 3, lanes: 5 },
    { memoryKiB: 65_536.5, passes: 3, lanes: 1 },
    { memoryKiB: Number.NaN, passes: 3, lanes: 1 },
  ])('refuses a cost out of bounds: %o', async (cost) => {
    expect(await deriveKey('correct horse', salt, cost)).toEqual({ ok: false, reason: 'cost' })
  })

  it('refuses an empty passphrase and a salt of another length', async () => {
    expect(await deriveKey('', salt)).toEqual({ ok: false, reason: 'empty' })
    expect(await deriveKey('correct horse', salt.slice(1))).toEqual({ ok: false, reason: 'salt' })
  })
})
