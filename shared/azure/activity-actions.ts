/** Azure actions for reading the Activity Log. */
export const activityActions = ['Microsoft.Insights/eventtypes/values/read'] as const;
