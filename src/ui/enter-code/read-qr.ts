// One look for a QR code in a video's present picture: with the platform's own detector where there is one.

import { decodeQR } from 'qr/decode.js'

/** What is used of the Shape Detection API, which TypeScript does not describe. */
interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>
}
type DetectorClass = new (options: { readonly formats: readonly string[] }) => Detector

/** Enough for a code that fills a third of the picture; a full one would take too long. */
const LONGEST_SIDE = 640

const ownDetector = async (): Promise<Detector | undefined> => {
  // The platform may or may not have it, so it is looked up as an unknown property.
  const found = (globalThis as { BarcodeDetector?: DetectorClass & { getSupportedFormats(): Promise<readonly string[]> } }).BarcodeDetector
  const formats = (await found?.getSupportedFormats().catch(() => [])) ?? []
  return found && formats.includes('qr_code') ? new found({ formats: ['qr_code'] }) : undefined
}

let detector: Promise<Detector | undefined> | undefined

const pixelsOf = (video: HTMLVideoElement): ImageData | undefined => {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight))
  const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)]
  if (!(width > 0 && height > 0)) return undefined
  const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  canvas?.drawImage(video, 0, 0, width, height)
  return canvas?.getImageData(0, 0, width, height)
}

/** Undefined where none can be read in this picture. */
export const findQrText = async (video: HTMLVideoElement): Promise<string | undefined> => {
  detector ??= ownDetector()
  const own = await detector
  if (own) return (await own.detect(video).catch(() => []))[0]?.rawValue
  const pixels = pixelsOf(video)
  try {
    return pixels && decodeQR({ width: pixels.width, height: pixels.height, data: pixels.data })
  } catch {
    // The decoder throws where there is nothing to decode: the usual case.
    return undefined
  }
}
