// Which Parley this is, as package.json says; filled in by the build.

declare const __PARLEY_VERSION__: string | undefined

export const version: string = typeof __PARLEY_VERSION__ === 'string' ? __PARLEY_VERSION__ : 'dev'
