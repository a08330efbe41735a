// Three people of whom one knows both others, and what they do with introductions.

import type { ReceivedIntroduction } from '../../src/messenger/state.ts'
import { profileOf } from '../support/profiles.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { idOf, pair, quiet, seed } from './stories.ts'

export interface Three {
  readonly world: World
  readonly alice: Device
  readonly bob: Device
  /** Knows both by a code; they do not know each other. */
  readonly carol: Device
}

export const three = async (name: string, direct = false): Promise<Three> => {
  const world = createWorld(`${seed}/${name}`)
  const [alice, bob, carol] = [
    await world.addDevice('alice', direct, await profileOf('alice')),
    await world.addDevice('bob', direct, await profileOf('bob')),
    await world.addDevice('carol', direct, await profileOf('carol')),
  ]
  await pair(world, carol, alice)
  await pair(world, carol, bob)
  await quiet(world, alice, bob, carol)
  // Their prekeys are at the relay by then.
  await world.pass(5_000)
  return { world, alice, bob, carol }
}

export const introduce = (by: Device, one: Device, other: Device): void =>
  by.command({ type: 'introduce-contacts', contactIds: [idOf(one), idOf(other)] })

/** What a device was told of somebody, newest last. */
export const introductionsOf = (device: Device, whom: Device): readonly ReceivedIntroduction[] =>
  [...device.held.introductions.values()].filter(({ contactId }) => contactId === idOf(whom))

export const toldOf = (world: World, device: Device, whom: Device): Promise<void> =>
  world.until(`${device.name} is told of ${whom.name}`, () => introductionsOf(device, whom).length > 0)

export const accept = (device: Device, whom: Device): void => decide('accept-introduction', device, whom)
export const refuse = (device: Device, whom: Device): void => decide('refuse-introduction', device, whom)

const decide = (type: 'accept-introduction' | 'refuse-introduction', device: Device, whom: Device): void => {
  const introduction = introductionsOf(device, whom).at(-1)
  if (introduction === undefined) throw new Error(`${device.name} was told of nobody`)
  device.command({ type, introductionId: introduction.introductionId })
}

/** Carol tells them of each other, and both have heard it. */
export const introduced = async (name: string, direct = false): Promise<Three> => {
  const all = await three(name, direct)
  const { alice, bob, carol, world } = all
  introduce(carol, alice, bob)
  await toldOf(world, alice, bob)
  await toldOf(world, bob, alice)
  await quiet(world, alice, bob, carol)
  return all
}
