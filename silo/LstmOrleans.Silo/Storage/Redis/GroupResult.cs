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
internal readonly record struct GroupResult(GroupEnd End, string Reason = "", IReadOnlyList<RowConflict>? Conflicts = null);

/// <summary>A write of a group that changed nothing.</summary>
/// <param name="Index">Which.</param>
/// <param name="Met">The etag that it met instead of the expected one; null = no record.</param>
/// <param name="Error">What the server says where it could not compare, or had no place for the stream in its catalogue; else null.</param>
internal readonly record struct RowConflict(int Index, byte[]? Met, string? Error);
