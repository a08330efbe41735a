import { describe, expect, test } from 'vitest'
import type { RelayReply } from '../src/wire/relay-frames.ts'
import {
  address,
  DAY_MS,
  envelope,
  HOUR_MS,
  holding,
  house,
  key,
  losing,
  numbersIn,
  OK,
  positionsIn,
  refused,
  START_MS,
  settled,
  upTo,
} from '../test/support/mailbox-house.ts'
import { recordingClient } from '../test/support/recording-client.ts'
import { ENVELOPE_LIFE_MS, MAILBOX_LIFE_MS } from './mailboxes.ts'
import type { MailboxStore } from './store.ts'

describe('a deposit', () => {
  test('is kept, and comes when the key is shown: answer, envelopes in order, drained', async () => {
    const { deposit, opened, listening } = house()
    await opened(1)
    const alice = recordingClient()
    for (const n of upTo(3)) expect(await deposit(n, 1, alice)).toEqual(OK)
    expect(alice.heard().map(({ type }) => type)).toEqual(['deposited', 'deposited', 'deposited'])
    const heard = (await listening(1)).heard()
    expect(heard[0]).toMatchObject({ type: 'listening', waiting: 3 })
    expect(numbersIn(heard)).toEqual([0, 1, 2])
    expect(heard[1]).toEqual({ type: 'envelope', address: address(1), position: expect.any(Number), envelope: envelope(0) })
    expect(heard.at(-1)).toEqual({ type: 'drained', address: address(1) })
    expect(heard).toHaveLength(5)
  })

  test('comes at once to who listens; nothing is drained where nothing was', async () => {
    const { depositAll, listening } = house()
    const bob = await listening(1, 2)
    expect(bob.heard()).toEqual([{ type: 'listening', requestId: 1, waiting: 0 }])
    await depositAll(3, 2)
    await settled()
    const heard = bob.heard()
    expect(numbersIn(heard)).toEqual([0, 1, 2])
    expect(heard).toHaveLength(3)
  })

  test('goes on where the last left off, with no read in between', async () => {
    let reads = 0
    const wrap = (store: MailboxStore): MailboxStore => ({
      ...store,
      read: (...args) => {
        reads += 1
        return store.read(...args)
      },
    })
    const { depositAll, listening } = house({ wrap })
    const bob = await listening(1)
    await depositAll(1, 1)
    await settled()
    const before = reads
    await depositAll(20, 1, 1)
    expect(numbersIn(bob.heard())).toEqual(upTo(21))
    expect(reads).toBe(before)
  })

  test('the same id again is deposited, and comes once', async () => {
    const { deposit, listening } = house()
    const bob = await listening(1)
    const alice = recordingClient()
    for (let i = 0; i < 3; i++) expect(await deposit(5, 1, alice)).toEqual(OK)
    await settled()
    expect(alice.heard().map(({ type }) => type)).toEqual(['deposited', 'deposited', 'deposited'])
    expect(numbersIn(bob.heard())).toEqual([5])
  })

  test('the same id with other bytes: the first is what counts, also where nobody has seen it yet', async () => {
    let isLosing = true
    const { mailboxes, deposit, listening } = house({ bus: losing(() => isLosing) })
    const bob = await listening(1)
    bob.heard()
    await deposit(5, 1)
    isLosing = false
    const other = { requestId: 1, liveOnly: false, address: address(1), envelope: envelope(5).fill(9, 100) }
    expect(await mailboxes.deposit(recordingClient(), other)).toEqual(OK)
    await settled()
    expect(bob.heard()).toMatchObject([{ type: 'envelope', envelope: envelope(5) }])
  })

  test('where nobody has shown the key is refused, and told when somebody does', async () => {
    const { deposit, listening, mailboxes } = house()
    const alice = recordingClient()
    expect(await deposit(0, 1, alice)).toEqual(refused('no-mailbox'))
    const bob = await listening(1)
    expect(alice.heard()).toEqual([{ type: 'address-live', address: address(1) }])
    mailboxes.lose(bob)
    expect(await deposit(0, 1, alice)).toEqual(OK)
    await listening(1)
    expect(alice.heard()).toMatchObject([{ type: 'deposited' }])
  })

  test('into a full mailbox is refused, by number and by bytes; nothing is evicted, and an acknowledgement makes room', async () => {
    for (const limits of [{ envelopesPerMailbox: 2 }, { bytesPerMailbox: 3 * 4_032 - 1 }]) {
      const { deposit, depositAll, opened, listening, acknowledge } = house({ room: limits })
      await opened(1, 2)
      await depositAll(2, 1)
      expect(await deposit(2, 1)).toEqual(refused('mailbox-full'))
      expect(await deposit(2, 2)).toEqual(OK)
      const bob = await listening(1)
      const heard = bob.heard()
      expect(numbersIn(heard)).toEqual([0, 1])
      await acknowledge(bob, 1, ...positionsIn(heard, address(1)))
      expect(await deposit(2, 1)).toEqual(OK)
    }
  })

  test('into a full relay is refused', async () => {
    const { deposit, depositAll, opened } = house({ room: { storedBytes: 3 * 4_032 } })
    await opened(1, 2)
    await depositAll(2, 1)
    await depositAll(1, 2)
    expect(await deposit(9, 2)).toEqual(refused('relay-full'))
    expect(await deposit(0, 1)).toEqual(OK)
  })

  test('in doubt is never called deposited; asked again, it arrives', async () => {
    let isInDoubt = true
    const wrap = (store: MailboxStore): MailboxStore => ({
      ...store,
      append: async (...args) => {
        const appended = await store.append(...args)
        return isInDoubt ? { ok: false, reason: 'in-doubt' } : appended
      },
    })
    const { deposit, listening } = house({ wrap })
    const bob = await listening(1)
    const alice = recordingClient()
    expect(await deposit(0, 1, alice)).toEqual(refused('in-doubt'))
    expect(alice.heard()).toEqual([])
    isInDoubt = false
    expect(await deposit(0, 1, alice)).toEqual(OK)
    await settled()
    expect(numbersIn(bob.heard())).toEqual([0])
  })

  test('many at once from many: each address in order, everything once', async () => {
    const { deposit, listening, acknowledge } = house()
    const bob = await listening(1, 2, 3)
    const seen = new Map<number, number[]>([1, 2, 3].map((at) => [at, []]))
    const all = upTo(300).map((n) => deposit(n, 1 + (n % 3)))
    while ([...seen.values()].flat().length < 300) {
      await settled()
      const heard = bob.heard()
      for (const [at, positions] of seen) {
        const arrived = positionsIn(heard, address(at))
        positions.push(...arrived)
        await acknowledge(bob, at, ...arrived)
      }
    }
    expect(await Promise.all(all)).toEqual(upTo(300).map(() => OK))
    for (const positions of seen.values()) {
      expect(positions).toEqual(positions.toSorted((a, b) => a - b))
      expect(new Set(positions).size).toBe(100)
    }
  })
})

describe('listening', () => {
  test('knowing an address is not enough', async () => {
    const { mailboxes, opened, depositAll } = house()
    await opened(1)
    await depositAll(1, 1)
    const mallory = recordingClient()
    await mailboxes.listen(mallory, 5, [address(1)])
    await settled()
    expect(mallory.heard()).toEqual([{ type: 'listening', requestId: 5, waiting: 0 }])
  })

  test('moves to the connection that showed the key last, from the oldest', async () => {
    const { mailboxes, depositAll, listening } = house()
    const old = await listening(1)
    await depositAll(2, 1)
    const current = await listening(1)
    await depositAll(1, 1, 2)
    await settled()
    expect(numbersIn(old.heard())).toEqual([0, 1])
    expect(numbersIn(current.heard())).toEqual([0, 1, 2])
    mailboxes.lose(old)
    await depositAll(1, 1, 3)
    await settled()
    expect(numbersIn(current.heard())).toEqual([3])
  })

  test('the same key again starts over from the oldest that is not acknowledged', async () => {
    const { depositAll, listen, listening, acknowledge } = house()
    const bob = await listening(1)
    await depositAll(3, 1)
    const [first = 0] = positionsIn(bob.heard(), address(1))
    await acknowledge(bob, 1, first)
    await listen(bob, 1)
    await settled()
    const heard = bob.heard()
    expect(heard[0]).toMatchObject({ type: 'listening', waiting: 2 })
    expect(numbersIn(heard)).toEqual([1, 2])
    expect(heard.at(-1)).toEqual({ type: 'drained', address: address(1) })
  })

  test('a key that is in the frame twice counts once', async () => {
    const { mailboxes, opened, depositAll } = house()
    await opened(1)
    await depositAll(1, 1)
    const bob = recordingClient()
    await mailboxes.listen(bob, 1, [key(1), key(1)])
    await settled()
    expect(bob.heard().map(({ type }) => type)).toEqual(['listening', 'envelope', 'drained'])
    expect(mailboxes.size()).toBe(1)
  })

  test('many keys: what is kept is found wherever it is, each address drained once', async () => {
    const { opened, depositAll, listening } = house()
    await opened(...upTo(1_000))
    for (const at of [0, 17, 499, 500, 999]) await depositAll(2, at, at)
    const heard = (await listening(...upTo(1_000))).heard()
    expect(heard[0]).toMatchObject({ waiting: 10 })
    expect(numbersIn(heard).toSorted((a, b) => a - b)).toEqual([0, 1, 17, 18, 499, 500, 500, 501, 999, 1_000])
    const drained = heard.flatMap((reply) => (reply.type === 'drained' ? [Buffer.from(reply.address).toString('hex')] : []))
    expect(drained.toSorted()).toEqual([0, 17, 499, 500, 999].map((at) => Buffer.from(address(at)).toString('hex')).toSorted())
  })

  test('ends with stop-listening and with the connection; what comes then is kept', async () => {
    const { mailboxes, depositAll, listening } = house()
    const bob = await listening(1, 2)
    bob.heard()
    expect(mailboxes.stopListening(bob, 9, [key(1), key(3)])).toEqual(OK)
    expect(bob.heard()).toEqual([{ type: 'listening', requestId: 9, waiting: 0 }])
    await depositAll(1, 1)
    await depositAll(1, 2, 1)
    await settled()
    expect(numbersIn(bob.heard())).toEqual([1])
    mailboxes.lose(bob)
    await depositAll(1, 2, 2)
    expect(mailboxes.size()).toBe(0)
    expect(numbersIn((await listening(1, 2)).heard()).toSorted((a, b) => a - b)).toEqual([0, 1, 2])
  })

  test('nobody stops another from listening', async () => {
    const { mailboxes, depositAll, listening } = house()
    const bob = await listening(1)
    mailboxes.stopListening(recordingClient(), 2, [key(1)])
    await depositAll(1, 1)
    expect(numbersIn(bob.heard())).toEqual([0])
  })

  test('is answered before anything that is kept comes, also what arrives meanwhile', async () => {
    const { wrap, letGo } = holding('waiting')
    const { deposit, listen } = house({ wrap, made: [2] })
    await deposit(0, 2)
    const bob = recordingClient()
    const listened = listen(bob, 1, 2)
    await settled()
    expect([await deposit(1, 1), await deposit(2, 2)]).toEqual([OK, OK])
    await settled()
    expect(bob.heard()).toEqual([])
    letGo()
    await listened
    await settled()
    const heard = bob.heard()
    expect(heard[0]).toMatchObject({ type: 'listening', waiting: 3 })
    expect(numbersIn(heard).toSorted((a, b) => a - b)).toEqual([0, 1, 2])
  })

  test('drained comes after what was kept, though more arrives meanwhile', async () => {
    const { opened, depositAll, deposit, listen, acknowledge } = house()
    await opened(1)
    await depositAll(100, 1)
    const bob = recordingClient()
    await listen(bob, 1)
    const heard: RelayReply[] = []
    let next = 100
    while (!heard.some(({ type }) => type === 'drained')) {
      await deposit(next++, 1)
      await settled()
      const more = bob.heard()
      heard.push(...more)
      await acknowledge(bob, 1, ...positionsIn(more, address(1)))
    }
    expect(heard[0]).toMatchObject({ waiting: 100 })
    const before = numbersIn(
      heard.slice(
        0,
        heard.findIndex(({ type }) => type === 'drained'),
      ),
    )
    expect(before).toEqual(upTo(100))
  })

  test('drained comes also where the rest of what was kept is gone before it was sent', async () => {
    const { opened, depositAll, clock, listening, acknowledge } = house()
    await opened(1)
    await depositAll(100, 1)
    const bob = await listening(1)
    const heard = bob.heard()
    expect(numbersIn(heard)).toEqual(upTo(64))
    clock.advance(ENVELOPE_LIFE_MS + HOUR_MS)
    await acknowledge(bob, 1, ...positionsIn(heard, address(1)))
    await settled()
    expect(bob.heard()).toEqual([{ type: 'drained', address: address(1) }])
  })
})

describe('an acknowledgement', () => {
  test('ends what it names, and nothing else; again is no harm', async () => {
    const { opened, depositAll, listening, acknowledge, mailboxes, store } = house()
    await opened(1)
    await depositAll(3, 1)
    const bob = await listening(1)
    const [, second = 0] = positionsIn(bob.heard(), address(1))
    expect(await acknowledge(bob, 1, second, 999)).toEqual(OK)
    expect(await acknowledge(bob, 1, second)).toEqual(OK)
    mailboxes.lose(bob)
    expect(numbersIn((await listening(1)).heard())).toEqual([0, 2])
    expect((await store.health()).envelopes).toBe(2)
  })

  test('is nothing from who does not listen there', async () => {
    const { opened, depositAll, listening, acknowledge, store } = house()
    await opened(1)
    await depositAll(1, 1)
    const bob = await listening(1)
    const [position = 0] = positionsIn(bob.heard(), address(1))
    expect(await acknowledge(recordingClient(), 1, position)).toEqual(OK)
    expect(await acknowledge(await listening(2), 1, position)).toEqual(OK)
    expect((await store.health()).envelopes).toBe(1)
  })

  test('of what an earlier connection got holds too', async () => {
    const { depositAll, listening, acknowledge, store } = house()
    const old = await listening(1)
    await depositAll(2, 1)
    const positions = positionsIn(old.heard(), address(1))
    const current = await listening(1)
    await acknowledge(current, 1, ...positions)
    expect((await store.health()).envelopes).toBe(0)
  })
})

describe('closing mailboxes', () => {
  test('ends them with what is in them, whoever listens', async () => {
    const { mailboxes, deposit, depositAll, listening, store } = house()
    const bob = await listening(1, 2)
    await depositAll(2, 1)
    bob.heard()
    const other = recordingClient()
    expect(await mailboxes.close(other, 9, [key(1)])).toEqual(OK)
    expect(other.heard()).toEqual([{ type: 'listening', requestId: 9, waiting: 0 }])
    expect(await deposit(5, 1)).toEqual(refused('no-mailbox'))
    await store.sweep(START_MS, 1_000)
    expect((await store.health()).envelopes).toBe(0)
    expect(mailboxes.size()).toBe(1)
    await depositAll(1, 2, 6)
    expect(numbersIn(bob.heard())).toEqual([6])
  })

  test('shown again, they are there again and empty, with positions never used', async () => {
    const { mailboxes, depositAll, listening } = house()
    const bob = await listening(1)
    await depositAll(3, 1)
    const before = positionsIn(bob.heard(), address(1))
    await mailboxes.close(bob, 9, [key(1)])
    const again = await listening(1)
    expect(again.heard()).toMatchObject([{ type: 'listening', waiting: 0 }])
    await depositAll(1, 1, 9)
    await settled()
    const [position = 0] = positionsIn(again.heard(), address(1))
    expect(position).toBeGreaterThan(Math.max(...before))
  })
})

describe('a live deposit', () => {
  test('goes to who listens now, at position 0, and is not kept', async () => {
    const { live, listening, store } = house()
    const bob = await listening(1)
    const alice = recordingClient()
    bob.heard()
    expect(await live(1, alice)).toEqual(OK)
    expect(alice.heard()).toMatchObject([{ type: 'deposited' }])
    expect(bob.heard()).toEqual([{ type: 'envelope', address: address(1), position: 0, envelope: envelope(7) }])
    expect((await store.health()).envelopes).toBe(0)
  })

  test('does not take of the window', async () => {
    const { live, depositAll, listening } = house()
    const bob = await listening(1)
    await depositAll(64, 1)
    bob.heard()
    expect(await live(1)).toEqual(OK)
    expect(bob.heard()).toHaveLength(1)
  })

  test('where nobody listens is refused, also where the mailbox is there; told once when somebody does', async () => {
    const { mailboxes, live, opened, listening } = house()
    await opened(1)
    const alice = recordingClient()
    expect(await live(1, alice)).toEqual(refused('nobody-listening'))
    expect(await live(1, alice)).toEqual(refused('nobody-listening'))
    const bob = await listening(1)
    expect(alice.heard()).toEqual([{ type: 'address-live', address: address(1) }])
    mailboxes.lose(bob)
    await listening(1)
    expect(alice.heard()).toEqual([])
  })

  test('to who reads too slowly: the sender hears it', async () => {
    const { live, listening } = house()
    const bob = await listening(1)
    bob.clog()
    const alice = recordingClient()
    expect(await live(1, alice)).toEqual(refused('too-many-requests'))
    expect(alice.heard()).toEqual([])
  })
})

describe('who deposited in vain', () => {
  test('hears nothing of addresses that it did not try, nor once it is gone', async () => {
    const { mailboxes, live, deposit, listening, bus } = house()
    const [alice, gone] = [recordingClient(), recordingClient()]
    await live(1, alice)
    await live(2, gone)
    await deposit(0, 3, gone)
    mailboxes.lose(gone)
    mailboxes.lose(await listening(2, 3))
    expect([...alice.heard(), ...gone.heard()]).toEqual([])
    expect(bus.size()).toBe(1)
  })

  test('hears of the last so many addresses only', async () => {
    const { live, listening } = house({ rates: { watchedPerConnection: 2 } })
    const alice = recordingClient()
    for (const at of [1, 2, 2, 3]) await live(at, alice)
    await listening(1, 2, 3)
    expect(alice.heard()).toEqual([
      { type: 'address-live', address: address(2) },
      { type: 'address-live', address: address(3) },
    ])
  })

  test('misses nobody who comes between the refusal and the watch', async () => {
    let opened = async () => {}
    let appends = 0
    const wrap = (store: MailboxStore): MailboxStore => ({
      ...store,
      append: async (...args) => {
        const appended = await store.append(...args)
        if (++appends === 1) await opened()
        return appended
      },
    })
    const { deposit, opened: open, bus } = house({ wrap })
    opened = () => open(1)
    expect(await deposit(0, 1)).toEqual(OK)
    expect(bus.size()).toBe(0)
  })
})

describe('limits', () => {
  test('addresses of one connection; those it has already count once', async () => {
    const { mailboxes, listen } = house({ rates: { listenedPerConnection: 2 } })
    const bob = recordingClient()
    expect(await listen(bob, 1, 2)).toEqual(OK)
    expect(await listen(bob, 1, 2)).toEqual(OK)
    expect(await listen(bob, 3)).toEqual(refused('too-many-requests'))
    mailboxes.stopListening(bob, 4, [key(1)])
    expect(await listen(bob, 3)).toEqual(OK)
  })

  test('a frame that is refused has changed nothing', async () => {
    const { mailboxes, deposit, listen } = house({ rates: { listenedPerConnection: 2 } })
    expect(await listen(recordingClient(), 1, 2, 3)).toEqual(refused('too-many-requests'))
    expect(mailboxes.size()).toBe(0)
    expect(await deposit(0, 1)).toEqual(refused('no-mailbox'))
  })

  test('addresses in total, also of many at once; taking one over needs no place', async () => {
    const { listen } = house({ rates: { listened: 2 } })
    const outcomes = await Promise.all([1, 2, 3].map((at) => listen(recordingClient(), at)))
    expect(outcomes).toEqual([OK, OK, refused('too-many-requests')])
    expect(await listen(recordingClient(), 2)).toEqual(OK)
  })

  test('mailboxes that one network address opens; those that were used of late are free', async () => {
    const { clock, mailboxes, listen } = house({ rates: { mailboxesOpenedPerAddress: { burst: 2, perSecond: 1 } } })
    const bob = recordingClient()
    expect(await listen(bob, 1, 2)).toEqual(OK)
    expect(await listen(recordingClient(), 3)).toEqual(refused('too-many-mailboxes'))
    expect(await listen(recordingClient('192.0.2.2'), 3)).toEqual(OK)
    mailboxes.lose(bob)
    expect(await listen(recordingClient(), 1, 2, 3)).toEqual(OK)
    clock.advance(1_000)
    expect(await listen(recordingClient(), 4)).toEqual(OK)
    await mailboxes.close(recordingClient(), 1, [key(4)])
    expect(await listen(recordingClient(), 4)).toEqual(refused('too-many-mailboxes'))
  })

  test('deposits for one address, also after its device connected anew', async () => {
    const { clock, listening, deposit, live } = house({ rates: { depositsPerTarget: { burst: 2, perSecond: 1 } } })
    await listening(1, 2)
    expect([await deposit(0, 1), await live(1), await deposit(2, 1), await deposit(3, 2)]).toEqual([
      OK,
      OK,
      refused('too-many-requests'),
      OK,
    ])
    await listening(1)
    expect(await deposit(4, 1)).toEqual(refused('too-many-requests'))
    clock.advance(1_000)
    expect(await deposit(4, 1)).toEqual(OK)
  })
})

describe('time', () => {
  test('an envelope that nobody fetches is kept for 30 days, and an hour more at the most', async () => {
    const { clock, opened, depositAll, listening, mailboxes } = house()
    await opened(1)
    await depositAll(1, 1)
    clock.advance(ENVELOPE_LIFE_MS)
    const bob = await listening(1)
    expect(numbersIn(bob.heard())).toEqual([0])
    mailboxes.lose(bob)
    clock.advance(HOUR_MS)
    expect((await listening(1)).heard()).toMatchObject([{ type: 'listening', waiting: 0 }])
  })

  test('when it ends tells the hour in which it came, not the moment', async () => {
    const ends: number[] = []
    const wrap = (store: MailboxStore): MailboxStore => ({
      ...store,
      append: (address, id, bytes, expiresAtMs) => {
        ends.push(expiresAtMs)
        return store.append(address, id, bytes, expiresAtMs)
      },
    })
    const { clock, opened, depositAll } = house({ wrap })
    await opened(1)
    for (const n of upTo(5)) {
      await depositAll(1, 1, n)
      clock.advance(777_777)
    }
    expect(ends.map((endMs) => endMs % HOUR_MS)).toEqual([0, 0, 0, 0, 0])
  })

  test('a mailbox at which nobody listens ends after 90 days; one at which somebody does lives', async () => {
    const { clock, mailboxes, store, opened, listening, deposit } = house()
    await opened(1)
    await listening(2)
    for (let day = 0; day < 100; day++) {
      clock.advance(DAY_MS)
      await mailboxes.sweep()
    }
    expect(100 * DAY_MS).toBeGreaterThan(MAILBOX_LIFE_MS)
    await store.sweep(START_MS + clock.nowMs(), 1_000)
    expect(await deposit(0, 1)).toEqual(refused('no-mailbox'))
    expect(await deposit(0, 2)).toEqual(OK)
  })
})

describe('a store that does not answer', () => {
  test('refuses to listen as in doubt, and holds nothing', async () => {
    for (const wrap of [
      (store: MailboxStore): MailboxStore => ({ ...store, openMailboxes: () => Promise.resolve('in-doubt') }),
      (store: MailboxStore): MailboxStore => ({ ...store, waiting: () => Promise.reject(new Error('no disk')) }),
    ]) {
      const { mailboxes, bus, listen } = house({ wrap })
      expect(await listen(recordingClient(), 1)).toEqual(refused('in-doubt'))
      expect([mailboxes.size(), bus.size()]).toEqual([0, 0])
    }
  })

  test('closes nothing: in doubt', async () => {
    const wrap = (store: MailboxStore): MailboxStore => ({ ...store, closeMailboxes: () => Promise.resolve('in-doubt') })
    const { mailboxes, listening } = house({ wrap })
    const bob = await listening(1)
    expect(await mailboxes.close(bob, 9, [key(1)])).toEqual(refused('in-doubt'))
    expect(mailboxes.size()).toBe(1)
  })

  test('is asked again later', async () => {
    let isBroken = true
    const wrap = (store: MailboxStore): MailboxStore => ({
      ...store,
      read: (...args) => (isBroken ? Promise.reject(new Error('no disk')) : store.read(...args)),
    })
    const { mailboxes, clock, opened, depositAll, listening } = house({ wrap })
    await opened(1)
    await depositAll(2, 1)
    const bob = await listening(1)
    expect(bob.heard()).toMatchObject([{ type: 'listening', waiting: 2 }])
    isBroken = false
    clock.advance(20_000)
    await mailboxes.sweep()
    await settled()
    const heard = bob.heard()
    expect(numbersIn(heard)).toEqual([0, 1])
    expect(heard.at(-1)).toMatchObject({ type: 'drained' })
  })
})
