/** Whether what the API names as wrong is a field of this name, or a part of it: `roles.admins`, `sites[1]`. */
export function isOf(wrong: string | undefined, name: string | undefined): boolean {
  if (!wrong || !name) return false;
  return wrong === name || wrong.startsWith(`${name}.`) || wrong.startsWith(`${name}[`);
}
