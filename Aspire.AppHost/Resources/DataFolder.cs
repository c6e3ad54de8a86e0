namespace LstmOrleans.AppHost.Resources;

/// <summary>The folder that the servers and the load generator share: models are files in it.</summary>
internal static class DataFolder
{
    // The home of the user that .NET's images run as: the only folder there that this user owns, and a new volume takes over the owner of the folder it is mounted on.
    private const string Home = "/home/app", Volume = "lstm-data";

    /// <summary>When it runs, <c>lstm-data/aspire</c> of this repository; in containers a volume.</summary>
    public static IResourceBuilder<ProjectResource> WithDataFolder(this IResourceBuilder<ProjectResource> project)
    {
        var builder = project.ApplicationBuilder;
        return builder.ExecutionContext.IsPublishMode
            ? project.WithAnnotation(new ContainerMountAnnotation(Volume, Home, ContainerMountType.Volume, isReadOnly: false)).WithEnvironment("Lstm__DataDirectory", $"{Home}/lstm-data")
            : project.WithEnvironment("Lstm__DataDirectory", Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", "lstm-data", "aspire")));
    }
}
