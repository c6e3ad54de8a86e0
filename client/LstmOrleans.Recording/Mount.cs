namespace LstmOrleans.Recording;

/// <summary>Where files are: the device's major:minor number and the kind of file system.</summary>
internal sealed record Mount(string Device, string FileSystem);
