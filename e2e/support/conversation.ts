// What two people have said to each other so far, as it has to stand on both screens in the end: every message once, and each
// one's messages in the order in which they were said.

import { expect } from '@playwright/test'
import type { Person } from './person.ts'

/** Long enough for hundreds of messages on a busy machine, and for what was unanswered to leave once more. */
const ARRIVAL_MS = 45_000

export class Conversation {
  private readonly said: { readonly alice: string[]; readonly bob: string[] } = { alice: [], bob: [] }
  private alice: Person
  private bob: Person

  constructor(alice: Person, bob: Person) {
    this.alice = alice
    this.bob = bob
  }

  /** Someone goes on in another tab or browser. */
  aliceIsNow(alice: Person): void {
    this.alice = alice
  }

  bobIsNow(bob: Person): void {
    this.bob = bob
  }

  async aliceSays(text: string): Promise<void> {
    this.said.alice.push(text)
    await this.alice.says(text)
  }

  async bobSays(text: string): Promise<void> {
    this.said.bob.push(text)
    await this.bob.says(text)
  }

  /** Both say `count` messages, each without waiting for the other, and both have all of them in the end. */
  async bothSay(count: number, about: string): Promise<void> {
    await Promise.all([
      (async () => {
        for (let number = 1; number <= count; number++) await this.aliceSays(`Alice ${number} ${about}`)
      })(),
      (async () => {
        for (let number = 1; number <= count; number++) await this.bobSays(`Bob ${number} ${about}`)
      })(),
    ])
    await Promise.all([this.alice.reads(`Bob ${count} ${about}`, ARRIVAL_MS), this.bob.reads(`Alice ${count} ${about}`, ARRIVAL_MS)])
  }

  /** The newest message of each has arrived at the other. */
  async isUpToDate(): Promise<void> {
    const [fromAlice, fromBob] = [this.said.alice.at(-1), this.said.bob.at(-1)]
    await Promise.all([
      fromBob === undefined ? undefined : this.alice.reads(fromBob, ARRIVAL_MS),
      fromAlice === undefined ? undefined : this.bob.reads(fromAlice, ARRIVAL_MS),
    ])
  }

  /** Everything stands on both screens: once, in order, and delivered. */
  async isWhole(): Promise<void> {
    await this.isUpToDate()
    for (const [person, ours, theirs] of [
      [this.alice, this.said.alice, this.said.bob],
      [this.bob, this.said.bob, this.said.alice],
    ] as const) {
      const read = await person.readsEverything()
      expect(read.filter(({ direction }) => direction === 'out').map(({ text }) => text)).toEqual(ours)
      expect(read.filter(({ direction }) => direction === 'in').map(({ text }) => text)).toEqual(theirs)
    }
    await this.isDelivered()
  }

  private async isDelivered(): Promise<void> {
    for (const [person, ours] of [
      [this.alice, this.said.alice],
      [this.bob, this.said.bob],
    ] as const) {
      await expect(async () => {
        const read = await person.readsEverything()
        expect(read.filter(({ direction, state }) => direction === 'out' && state !== 'Delivered')).toEqual([])
        expect(read.filter(({ direction }) => direction === 'out')).toHaveLength(ours.length)
      }).toPass({ timeout: ARRIVAL_MS })
    }
  }
}
