// Reads a QR code with the camera. The camera is asked for when this is drawn, which is after a click, and is off again
// whenever it leaves the page. Pictures go nowhere.

import { useEffect, useRef } from 'react'
import { useSentences } from '../language.ts'
import { findQrText } from './read-qr.ts'
import styles from './scanner.module.css'

/** Pause between two looks, in milliseconds: a look can take 20 of them. */
const PAUSE_MS = 120

interface ScannerProps {
  readonly onText: (text: string) => void
  readonly onRefused: () => void
}

/** Looks until something is found, or until `signal` says that nobody waits for it. */
const watch = async (video: HTMLVideoElement, signal: AbortSignal): Promise<string | undefined> => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  const stop = (): void => stream.getTracks().forEach((track) => track.stop())
  signal.addEventListener('abort', stop)
  try {
    video.srcObject = stream
    while (!signal.aborted) {
      await video.play()
      const text = await findQrText(video)
      if (text !== undefined) return text
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    return undefined
  } finally {
    stop()
    video.srcObject = null
  }
}

export const Scanner = ({ onText, onRefused }: ScannerProps) => {
  const { enterCode } = useSentences()
  const video = useRef<HTMLVideoElement>(null)
  const answers = useRef({ onText, onRefused })
  useEffect(() => {
    answers.current = { onText, onRefused }
  }, [onText, onRefused])
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    if (video.current) {
      watch(video.current, signal).then(
        (text) => {
          if (text !== undefined && !signal.aborted) answers.current.onText(text)
        },
        () => {
          if (!signal.aborted) answers.current.onRefused()
        },
      )
    }
    return () => controller.abort()
  }, [])
  return (
    <figure className={styles['scanner']}>
      <video ref={video} className={styles['picture']} aria-label={enterCode.camera} muted playsInline />
      <figcaption>{enterCode.scanning}</figcaption>
    </figure>
  )
}
