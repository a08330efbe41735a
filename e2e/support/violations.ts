// What axe finds wrong with a page, one readable line each.

import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/** Our pages have no frames: without looking for them a look takes half the time. */
export const violationsOn = async (page: Page): Promise<readonly string[]> => {
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
}

/** Pixels by which the page is wider than the window. */
export const excessWidth = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
