import { describe, expect, test } from 'vitest'
import { address, holding, house, key, losing, numbersIn, OK, positionsIn, refused, settled, upTo } from '../test/support/mailbox-house.ts'
import { recordingClient } from '../test/support/recording-client.ts'
import { type Bus, createLocalBus } from './bus.ts'
import type { MailboxStore } from './store.ts'

describe('the window', () => {
  test('64 are under way; each acknowledgement lets so many follow', async () => {
    const { opened, depositAll, listening, acknowledge } = house()
    await opened(1)
    await depositAll(150, 1)
    const bob = await listening(1)
    const heard = bob.heard()
    expect(heard[0]).toMatchObject({ waiting: 150 })
    expect(numbersIn(heard)).toEqual(upTo(64))
    await acknowledge(bob, 1, ...positionsIn(heard, address(1)).slice(0, 10))
    await settled()
    expect(numbersIn(bob.heard())).toEqual(upTo(10, 64))
    await acknowledge(bob, 1, ...positionsIn(heard, address(1)).slice(10))
    await settled()
    expect(numbersIn(bob.heard())).toEqual(upTo(54, 74))
  })

  test('so are 16 of the longest: a mebibyte', async () => {
    const { opened, depositAll, listening, acknowledge } = house()
    await opened(1)
    await depositAll(20, 1, 0, 65_472)
    const bob = await listening(1)
    const heard = bob.heard()
    expect(numbersIn(heard)).toEqual(upTo(16))
    await acknowledge(bob, 1, positionsIn(heard, address(1))[3] ?? 0)
    await settled()
    expect(numbersIn(bob.heard())).toEqual([16])
  })

  test('what arrives live counts, and waits in the store beyond it', async () => {
    const { depositAll, listening, acknowledge } = house()
    const bob = await listening(1)
    bob.heard()
    await depositAll(70, 1)
    await settled()
    const heard = bob.heard()
    expect(numbersIn(heard)).toEqual(upTo(64))
    await acknowledge(bob, 1, ...positionsIn(heard, address(1)))
    await settled()
    expect(numbersIn(bob.heard())).toEqual(upTo(6, 64))
  })

  test('is shared: one full mailbox does not keep the others waiting', async () => {
    const { opened, depositAll, listening } = house()
    await opened(1, 2, 3)
    await depositAll(200, 1)
    await depositAll(1, 2, 500)
    await depositAll(1, 3, 501)
    const heard = numbersIn((await listening(1, 2, 3)).heard())
    expect(heard.toSorted((a, b) => a - b).slice(-2)).toEqual([500, 501])
    expect(heard.length).toBeGreaterThanOrEqual(48)
    expect(heard.length).toBeLessThanOrEqual(64)
  })

  test('an address that is never acknowledged takes three quarters of it, and the others go on', async () => {
    const { opened, depositAll, listening } = house()
    await opened(1, 2)
    await depositAll(200, 1)
    const bob = await listening(1, 2)
    expect(numbersIn(bob.heard())).toEqual(upTo(48))
    await depositAll(3, 2, 500)
    await settled()
    expect(numbersIn(bob.heard())).toEqual([500, 501, 502])
  })

  test('is free of what no longer concerns the connection', async () => {
    const { mailboxes, opened, depositAll, listening } = house()
    await opened(1, 2)
    await depositAll(48, 1)
    await depositAll(60, 2, 500)
    const bob = await listening(1, 2)
    const before = numbersIn(bob.heard())
    expect(before).toHaveLength(64)
    mailboxes.stopListening(bob, 1, [key(1)])
    await settled()
    expect(numbersIn(bob.heard()).length + before.filter((n) => n >= 500).length).toBe(60)
  })

  test('who reads too slowly gets nothing until it acknowledges, and misses nothing', async () => {
    const { depositAll, listening, acknowledge } = house()
    const bob = await listening(1, 2)
    await depositAll(2, 1)
    const [first = 0] = positionsIn(bob.heard(), address(1))
    bob.clog()
    await depositAll(5, 1, 2)
    await settled()
    bob.unclog()
    await depositAll(1, 1, 7)
    await depositAll(1, 2, 8)
    await settled()
    expect(bob.heard()).toEqual([])
    await acknowledge(bob, 1, first)
    await settled()
    expect(numbersIn(bob.heard())).toEqual(upTo(7, 2))
  })

  test('who reads too slowly and has nothing to acknowledge gets it when it is time to look again', async () => {
    const { mailboxes, clock, depositAll, listening } = house()
    const bob = await listening(1)
    bob.heard()
    bob.clog()
    await depositAll(3, 1)
    bob.unclog()
    clock.advance(20_000)
    await mailboxes.sweep()
    await settled()
    expect(numbersIn(bob.heard())).toEqual([0, 1, 2])
  })
})

describe('a connection that goes while a request is under way', () => {
  test.each(['openMailboxes', 'waiting'] as const)('listening, at %s: leaves no listener', async (operation) => {
    const { wrap, letGo } = holding(operation)
    const { mailboxes, bus, listen } = house({ wrap })
    const bob = recordingClient()
    const listened = listen(bob, 1, 2)
    await settled()
    mailboxes.lose(bob)
    letGo()
    expect(await listened).toEqual(OK)
    await settled()
    expect([mailboxes.size(), bus.size()]).toEqual([0, 0])
  })

  test('depositing in vain: leaves no watch', async () => {
    const { wrap, letGo } = holding('append')
    const { mailboxes, bus, deposit } = house({ wrap })
    const alice = recordingClient()
    const deposited = deposit(0, 1, alice)
    mailboxes.lose(alice)
    letGo()
    expect(await deposited).toEqual(refused('no-mailbox'))
    expect(bus.size()).toBe(0)
  })

  test('being read for: what was read goes nowhere, and comes to the next', async () => {
    const { wrap, letGo } = holding('read')
    const { mailboxes, opened, depositAll, listening } = house({ wrap })
    await opened(1)
    await depositAll(2, 1)
    const old = await listening(1)
    const current = await listening(1)
    mailboxes.lose(current)
    const last = await listening(1)
    letGo()
    await settled()
    expect(numbersIn([...old.heard(), ...current.heard()])).toEqual([])
    expect(numbersIn(last.heard())).toEqual([0, 1])
  })
})

describe('wake-ups', () => {
  test('that get lost: the store is asked again within half a minute', async () => {
    let isLosing = false
    const { mailboxes, clock, depositAll, listening } = house({ bus: losing(() => isLosing) })
    const bob = await listening(1, 2)
    bob.heard()
    isLosing = true
    await depositAll(3, 1)
    await settled()
    expect(bob.heard()).toEqual([])
    clock.advance(20_000)
    await mailboxes.sweep()
    await settled()
    expect(numbersIn(bob.heard())).toEqual([0, 1, 2])
    clock.advance(20_000)
    await mailboxes.sweep()
    await settled()
    expect(bob.heard()).toEqual([])
  })

  test('that come late and out of order change no order and lose nothing', async () => {
    const bus = createLocalBus()
    const delayed: (() => void)[] = []
    let isDelaying = false
    const publish: Bus['publish'] = (topic, encode) => {
      if (!isDelaying) return bus.publish(topic, encode)
      delayed.push(() => void bus.publish(topic, encode))
      return 1
    }
    const { depositAll, listening } = house({ bus: { ...bus, publish } })
    const bob = await listening(1)
    await depositAll(2, 1)
    isDelaying = true
    await depositAll(4, 1, 2)
    for (const late of delayed.toReversed()) {
      late()
      late()
    }
    await settled()
    expect(numbersIn(bob.heard())).toEqual(upTo(6))
  })

  test('that come while the same is being read bring it once', async () => {
    const late: (() => void)[] = []
    let isLate = false
    const bus = createLocalBus()
    const publish: Bus['publish'] = (topic, encode) => {
      if (isLate) late.push(() => void bus.publish(topic, encode))
      return isLate ? 1 : bus.publish(topic, encode)
    }
    let letGo = () => {}
    const wrap = (store: MailboxStore): MailboxStore => ({
      ...store,
      read: async (...args) => {
        const read = await store.read(...args)
        await new Promise<void>((resolve) => {
          letGo = resolve
        })
        return read
      },
    })
    const { mailboxes, clock, depositAll, listening } = house({ bus: { ...bus, publish }, wrap })
    const bob = await listening(1)
    bob.heard()
    isLate = true
    await depositAll(1, 1)
    clock.advance(20_000)
    await mailboxes.sweep()
    for (const arrive of late) arrive()
    letGo()
    await settled()
    letGo()
    await settled()
    expect(numbersIn(bob.heard())).toEqual([0])
  })

  test('to another process of the relay, half of them lost: everything arrives once, in order', async () => {
    const bus = losing((n) => n % 2 === 0)
    const { mailboxes: there, open, clock, deposit, listen } = house({ bus })
    const here = open()
    const bob = recordingClient()
    await listen(bob, 1)
    const seen: number[] = []
    for (let round = 0; seen.length < 200; round++) {
      for (const n of upTo(20, round * 20)) if (n < 200) expect(await deposit(n, 1, undefined, undefined, here)).toEqual(OK)
      clock.advance(20_000)
      await there.sweep()
      await settled()
      const heard = bob.heard()
      seen.push(...numbersIn(heard))
      await there.acknowledge(bob, address(1), positionsIn(heard, address(1)))
    }
    expect(seen).toEqual(upTo(200))
  })

  test('a key that is shown at another process moves there', async () => {
    const { mailboxes: there, open, depositAll, listening } = house()
    const here = open()
    const old = await listening(1)
    old.heard()
    const current = recordingClient()
    await here.listen(current, 1, [key(1)])
    expect([there.size(), here.size()]).toEqual([0, 1])
    await depositAll(2, 1)
    await settled()
    expect(numbersIn(old.heard())).toEqual([])
    expect(numbersIn(current.heard())).toEqual([0, 1])
  })
})
