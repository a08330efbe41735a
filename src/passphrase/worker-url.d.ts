// What the bundler makes of an import that asks for the address of a worker.

declare module '*/stretching.ts?worker&url' {
  const url: string
  export default url
}
