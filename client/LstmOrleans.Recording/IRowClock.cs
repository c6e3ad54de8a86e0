namespace LstmOrleans.Recording;

/// <summary>Tells which row is being measured.</summary>
internal interface IRowClock
{
    /// <summary>The row that the present moment will be part of; after the end, the last row.</summary>
    int OpenRow { get; }
}
