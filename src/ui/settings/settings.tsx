// Everything that a person may set on this device, part by part.

import { MAX_NAME_LENGTH } from '../../messenger/api.ts'
import { NameForm } from '../components/name-form.tsx'
import { Pane } from '../components/pane.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import type { OpenView } from '../view.ts'
import { Appearance } from './appearance.tsx'
import { BackupPart } from './backup-part.tsx'
import { ConnectionPart } from './connection-part.tsx'
import { DevicesPart } from './devices-part.tsx'
import { LockPart } from './lock-part.tsx'
import { MisbehaviourPart } from './misbehaviour-part.tsx'
import { NotificationsPart } from './notifications-part.tsx'
import { Part } from './part.tsx'
import styles from './settings.module.css'
import { StoragePart } from './storage-part.tsx'
import { version } from './version.ts'

export const SettingsScreen = ({ view }: { readonly view: OpenView }) => {
  const { common, settings } = useSentences()
  const { send } = useParley()
  return (
    <Pane title={settings.title} backTo="#/">
      <Part title={settings.you}>
        <NameForm
          label={settings.displayName}
          hint={settings.displayNameHint}
          saveLabel={common.save}
          name={view.settings.displayName}
          maxBytes={MAX_NAME_LENGTH}
          onSave={(displayName) => send({ type: 'change-settings', settings: { displayName } })}
        />
      </Part>
      <NotificationsPart choice={view.settings.notifications} />
      <Appearance theme={view.settings.theme} />
      <ConnectionPart settings={view.settings} connection={view.connection} misbehaviour={view.misbehaviour} />
      <MisbehaviourPart misbehaviour={view.misbehaviour} contacts={view.contacts} />
      <LockPart lock={view.lock} answers={view.lockAnswers} />
      {!view.connection.isRemoved && <DevicesPart devices={view.ownDevices} />}
      <BackupPart view={view} />
      <StoragePart view={view} />
      <p className={styles['version']}>{settings.version(version)}</p>
    </Pane>
  )
}
