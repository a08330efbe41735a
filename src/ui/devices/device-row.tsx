// One of a person's devices: what is known of it, how far its history is, and what can be done with it here.

import type { OwnDeviceView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { useLanguage } from '../language.ts'
import { dateAndTime } from '../time.ts'
import styles from './devices.module.css'

interface HandingProps {
  readonly handover: NonNullable<OwnDeviceView['handover']>
  readonly isThis: boolean
}

const Handing = ({ handover: { done, total }, isThis }: HandingProps) => {
  const { locale, sentences } = useLanguage()
  const { devices } = sentences
  const sentence = (isThis ? devices.beingHanded : devices.handing)(done.toLocaleString(locale), total.toLocaleString(locale))
  return (
    <div className={styles['handing']}>
      <p>{sentence}</p>
      <progress aria-label={sentence} max={Math.max(1, total)} value={done} />
      <p className={styles['soft']}>{devices.goesOn}</p>
    </div>
  )
}

interface DeviceRowProps {
  readonly device: OwnDeviceView
  /** What can be done with it on this device. */
  readonly onRemove: (() => void) | undefined
  readonly onGiveMain: (() => void) | undefined
  readonly onKeepMain: () => void
}

export const DeviceRow = ({ device, onGiveMain, onKeepMain, onRemove }: DeviceRowProps) => {
  const { locale, sentences } = useLanguage()
  const { devices } = sentences
  const { addedAtMs, becomesMain, handover, heardAtMs, isMain, isThis, isUnfinished, isUnused, name } = device
  return (
    <li className={styles['device']}>
      <div className={styles['what']}>
        <h2 className={styles['name']} dir="auto">
          {name || (isThis ? devices.isThis : devices.unnamed)}
        </h2>
        {isThis && name !== '' && <p className={styles['mark']}>{devices.isThis}</p>}
        {isMain && <p className={styles['mark']}>{devices.isMain}</p>}
        <p className={styles['soft']}>{devices.added(dateAndTime(locale, addedAtMs))}</p>
        {!isThis && (
          <p className={styles['soft']}>{heardAtMs === undefined ? devices.unheard : devices.heard(dateAndTime(locale, heardAtMs))}</p>
        )}
        {isUnused && <p>{devices.unused}</p>}
        {isUnfinished && <p>{devices.unfinished}</p>}
        {becomesMain === 'given' && <p>{devices.given}</p>}
      </div>
      {onRemove && (
        <Button onClick={onRemove} aria-label={devices.removeNamed(name || devices.unnamed)}>
          {devices.remove}
        </Button>
      )}
      {handover && <Handing handover={handover} isThis={isThis} />}
      {onGiveMain && (
        <div className={styles['wish']}>
          <p>{devices.wantsToBeMain}</p>
          <Button weight="primary" onClick={onGiveMain}>
            {devices.giveMain}
          </Button>
        </div>
      )}
      {becomesMain === 'offered' && (
        <div className={styles['wish']}>
          <p>{devices.offered}</p>
          <Button onClick={onKeepMain}>{devices.keepMain}</Button>
        </div>
      )}
    </li>
  )
}
