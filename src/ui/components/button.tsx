// A push button or a link that looks like one, in three weights.

import type { ComponentProps } from 'react'
import styles from './button.module.css'

export type Weight = 'primary' | 'secondary' | 'quiet' | 'danger'

export const Button = ({ weight = 'secondary', className = '', ...rest }: ComponentProps<'button'> & { readonly weight?: Weight }) => (
  <button type="button" className={`${styles['button']} ${styles[weight]} ${className}`} {...rest} />
)

/** Only a picture; `label` is its name. */
export const IconButton = ({ label, className = '', ...rest }: ComponentProps<'button'> & { readonly label: string }) => (
  <button type="button" className={`${styles['icon']} ${className}`} aria-label={label} title={label} {...rest} />
)
