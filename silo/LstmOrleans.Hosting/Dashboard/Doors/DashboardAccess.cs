namespace LstmOrleans.Hosting.Dashboard.Doors;

/// <summary>What somebody may do. A higher one includes the lower ones.</summary>
public enum DashboardAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Look.</summary>
    Read = 1,

    /// <summary>Look and act.</summary>
    Admin = 2,
}
