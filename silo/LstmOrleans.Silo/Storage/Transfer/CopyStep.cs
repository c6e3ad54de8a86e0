namespace LstmOrleans.Silo.Storage.Transfer;

/// <summary>Where a copy stands; told as soon as the step is on disk.</summary>
internal enum CopyStep
{
    /// <summary>The source has noted that a copy began.</summary>
    SourceNoted,

    /// <summary>The target has noted it; from here on it does not start until the copy is complete.</summary>
    TargetNoted,

    /// <summary>Some more records are in the target.</summary>
    Copied,

    /// <summary>All records of both stores were read and compared.</summary>
    Verified,

    /// <summary>The source does not start any more.</summary>
    SourceMoved,

    /// <summary>The target is ready.</summary>
    Done,
}
