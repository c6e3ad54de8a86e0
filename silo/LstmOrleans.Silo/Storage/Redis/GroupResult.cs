namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>How a call of the script ended.</summary>
internal enum GroupEnd
{
    /// <summary>On disk, conflicts included.</summary>
    Committed,

    /// <summary>Nothing changed.</summary>
    Refused,

    /// <summary>Nothing changed: the server does not know the script.</summary>
    ScriptUnknown,

    /// <summary>Nobody can tell.</summary>
    Unknown,
}

/// <summary>How a call of the script ended, why if it did not commit, and the conflicts if it did.</summary>
internal readonly record struct GroupResult(GroupEnd End, string Reason = "", IReadOnlyList<(int Index, byte[]? Met)>? Conflicts = null);
