// Words for ears only.

import type { ReactNode } from 'react'
import styles from './hidden.module.css'

export const Hidden = ({ children }: { readonly children: ReactNode }) => <span className={styles['hidden']}>{children}</span>
