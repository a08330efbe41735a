import { describe, expect, test } from 'vitest'
import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import { handClock } from '../test/support/hand-clock.ts'
import { recordingClient } from '../test/support/recording-client.ts'
import { createForwarding, type ForwardingLimits } from './forwarding.ts'

const limits: ForwardingLimits = {
  listenedPerConnection: 10,
  listened: 20,
  depositsPerTarget: { burst: 1_000, perSecond: 0 },
  watchedPerConnection: 10,
}
const key = (byte: number) => new Uint8Array(32).fill(byte)
const address = (byte: number) => addressOf(key(byte))
const envelope = Uint8Array.of(1, 2, 3)
const OK = { ok: true }
const refused = (reason: string) => ({ ok: false, reason })

const house = (changed: Partial<ForwardingLimits> = {}) => {
  const clock = handClock()
  return { clock, forwarding: createForwarding({ ...limits, ...changed }, clock.nowMs) }
}

describe('an envelope', () => {
  test('goes to who listens, and the sender hears that it went', () => {
    const { forwarding } = house()
    const bob = recordingClient()
    const alice = recordingClient()
    expect(forwarding.listen(bob, 5, [key(1), key(2)])).toEqual(OK)
    expect(bob.heard()).toEqual([{ type: 'listening', requestId: 5 }])
    expect(forwarding.deposit(alice, 6, address(2), envelope)).toEqual(OK)
    expect(bob.heard()).toEqual([{ type: 'envelope', address: address(2), envelope }])
    expect(alice.heard()).toEqual([{ type: 'deposited', requestId: 6 }])
  })

  test('for whom nobody listens is refused', () => {
    const { forwarding } = house()
    expect(forwarding.deposit(recordingClient(), 6, address(1), envelope)).toEqual(refused('nobody-listening'))
  })

  test('knowing an address is not enough to listen at it', () => {
    const { forwarding } = house()
    const mallory = recordingClient()
    forwarding.listen(mallory, 5, [address(1)])
    expect(forwarding.deposit(recordingClient(), 6, address(1), envelope)).toEqual(refused('nobody-listening'))
  })

  test('goes to the connection that showed the key last', () => {
    const { forwarding } = house()
    const old = recordingClient()
    const current = recordingClient()
    forwarding.listen(old, 1, [key(1)])
    forwarding.listen(current, 2, [key(1)])
    old.heard()
    current.heard()
    forwarding.lose(old)
    expect(forwarding.deposit(recordingClient(), 6, address(1), envelope)).toEqual(OK)
    expect(old.heard()).toEqual([])
    expect(current.heard()).toHaveLength(1)
  })

  test('goes nowhere once the connection stopped listening or is gone', () => {
    const { forwarding } = house()
    const bob = recordingClient()
    forwarding.listen(bob, 1, [key(1), key(2)])
    expect(forwarding.stopListening(bob, 2, [key(1)])).toEqual(OK)
    expect(bob.heard()).toEqual([
      { type: 'listening', requestId: 1 },
      { type: 'listening', requestId: 2 },
    ])
    expect(forwarding.deposit(recordingClient(), 6, address(1), envelope)).toEqual(refused('nobody-listening'))
    expect(forwarding.deposit(recordingClient(), 6, address(2), envelope)).toEqual(OK)
    forwarding.lose(bob)
    expect(forwarding.deposit(recordingClient(), 6, address(2), envelope)).toEqual(refused('nobody-listening'))
    expect(forwarding.size()).toBe(0)
  })

  test('nobody stops another from listening', () => {
    const { forwarding } = house()
    const bob = recordingClient()
    forwarding.listen(bob, 1, [key(1)])
    forwarding.stopListening(recordingClient(), 2, [key(1)])
    expect(forwarding.deposit(recordingClient(), 6, address(1), envelope)).toEqual(OK)
  })
})

describe('who deposited in vain', () => {
  test('hears once that somebody listens again', () => {
    const { forwarding } = house()
    const alice = recordingClient()
    const bob = recordingClient()
    forwarding.deposit(alice, 6, address(1), envelope)
    forwarding.deposit(alice, 7, address(1), envelope)
    forwarding.listen(bob, 1, [key(1)])
    expect(alice.heard()).toEqual([{ type: 'address-live', address: address(1) }])
    forwarding.lose(bob)
    forwarding.listen(bob, 2, [key(1)])
    expect(alice.heard()).toEqual([])
  })

  test('hears nothing of addresses that it did not try', () => {
    const { forwarding } = house()
    const alice = recordingClient()
    forwarding.deposit(alice, 6, address(1), envelope)
    forwarding.listen(recordingClient(), 1, [key(2)])
    expect(alice.heard()).toEqual([])
  })

  test('hears nothing once it is gone', () => {
    const { forwarding } = house()
    const alice = recordingClient()
    forwarding.deposit(alice, 6, address(1), envelope)
    forwarding.lose(alice)
    forwarding.listen(recordingClient(), 1, [key(1)])
    expect(alice.heard()).toEqual([])
  })

  test('hears of the last so many addresses only', () => {
    const { forwarding } = house({ watchedPerConnection: 2 })
    const alice = recordingClient()
    for (const byte of [1, 2, 2, 3]) forwarding.deposit(alice, 6, address(byte), envelope)
    forwarding.listen(recordingClient(), 1, [key(1), key(2), key(3)])
    expect(alice.heard()).toEqual([
      { type: 'address-live', address: address(2) },
      { type: 'address-live', address: address(3) },
    ])
  })
})

describe('limits', () => {
  test('addresses of one connection; those it has already count once', () => {
    const { forwarding } = house({ listenedPerConnection: 2 })
    const bob = recordingClient()
    expect(forwarding.listen(bob, 1, [key(1), key(2)])).toEqual(OK)
    expect(forwarding.listen(bob, 2, [key(1), key(2)])).toEqual(OK)
    expect(forwarding.listen(bob, 3, [key(3)])).toEqual(refused('too-many-requests'))
    forwarding.stopListening(bob, 4, [key(1)])
    expect(forwarding.listen(bob, 5, [key(3)])).toEqual(OK)
  })

  test('a frame that is refused has changed nothing', () => {
    const { forwarding } = house({ listenedPerConnection: 2 })
    expect(forwarding.listen(recordingClient(), 1, [key(1), key(2), key(3)])).toEqual(refused('too-many-requests'))
    expect(forwarding.size()).toBe(0)
  })

  test('addresses in total; taking one over needs no place', () => {
    const { forwarding } = house({ listened: 2 })
    forwarding.listen(recordingClient(), 1, [key(1), key(2)])
    expect(forwarding.listen(recordingClient(), 2, [key(3)])).toEqual(refused('too-many-requests'))
    expect(forwarding.listen(recordingClient(), 3, [key(2)])).toEqual(OK)
  })

  test('deposits for one address, also after its device connected anew', () => {
    const { clock, forwarding } = house({ depositsPerTarget: { burst: 2, perSecond: 1 } })
    forwarding.listen(recordingClient(), 1, [key(1), key(2)])
    const deposit = (byte: number) => forwarding.deposit(recordingClient(), 6, address(byte), envelope)
    expect([deposit(1), deposit(1), deposit(1), deposit(2)]).toEqual([OK, OK, refused('too-many-requests'), OK])
    forwarding.listen(recordingClient(), 2, [key(1)])
    expect(deposit(1)).toEqual(refused('too-many-requests'))
    clock.advance(1_000)
    expect(deposit(1)).toEqual(OK)
  })

  test('a device that reads too slowly: the sender hears it', () => {
    const { forwarding } = house()
    const bob = recordingClient()
    const alice = recordingClient()
    forwarding.listen(bob, 1, [key(1)])
    bob.clog()
    expect(forwarding.deposit(alice, 6, address(1), envelope)).toEqual(refused('too-many-requests'))
    expect(alice.heard()).toEqual([])
  })
})
