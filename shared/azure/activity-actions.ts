/** What asking the Activity Log needs. */
export const activityActions = ['Microsoft.Insights/eventtypes/values/read'] as const;
